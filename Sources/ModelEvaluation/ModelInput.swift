import Configs
import Datasets
import Files
import GraphExec
import ModelFiles

/// What a stored model is to be shown: the shape of an image, what becomes of its values, and the classes that it tells apart.
package struct ModelInput: Sendable {
  /// What messages call the model.
  let path: String
  /// The shape of an image.
  package let shape: ImageShape
  package let normalization: PixelNormalization
  /// Whether the model was trained on floats, and not on bytes.
  package let areFloats: Bool
  /// The names of the classes.
  package let classes: [String]
  /// The column of a table that held the labels.
  package let label: String?
  /// Whether the file says nothing of the training: bytes divided by 255 are a guess.
  package let isGuessed: Bool

  /// What a model's file says of its training; where it says nothing, what its network tells.
  ///
  /// - Throws: `FileFormatError` for a file that contradicts itself.
  package init(_ stored: StoredModel, path: String) throws {
    self.path = path
    let network = stored.original
    let origin = ModelOrigin(metadata: stored.metadata)
    let data = try stored.trained(path: path)
    let input = ImageShape(
      channels: network.input.channels, height: network.input.height, width: network.input.width)
    shape = data?.name.shape ?? input
    classes = data?.name.classNames ?? (0..<network.outputs).map(String.init)
    normalization = data?.normalization ?? .none
    areFloats = origin?.areFloats ?? false
    label = data?.own?.label
    isGuessed = data == nil
    guard shape.values == input.values, classes.count == network.outputs else {
      throw FileFormatError(
        path,
        "its network takes \(input.values) values and has \(network.outputs) outputs, but the data set that it names has "
          + "\(shape.values) values and \(classes.count) classes")
    }
  }

  /// What the network sees of images.
  ///
  /// Bytes are seen as in training. Numbers given to a model that was trained on bytes are brightness from 0 to 1, or whole
  /// numbers from 0 to 255 where some are above 1.
  ///
  /// - Parameter source: what messages call them.
  /// - Throws: `FileFormatError` for values that the model cannot have been trained on.
  package func seen(_ images: UnlabelledImages, source: String) throws -> [Float] {
    let features = shape.values
    switch images.pixels {
    case .bytes(let bytes) where !areFloats: return normalization.seen(bytes, features: features)
    case .bytes(let bytes):
      guard !images.isPicture else {
        throw FileFormatError(
          source,
          "the model was trained on floats, and how they come of a picture is not known; give it an array or a table"
        )
      }
      return normalization.seen(bytes.map { Float($0) }, features: features)
    case .floats(let floats) where areFloats: return normalization.seen(floats, features: features)
    case .floats(let floats):
      let (low, high) = (floats.min() ?? 0, floats.max() ?? 0)
      if low >= 0, high <= 1 { return normalization.seen(floats, features: features) }
      guard low >= 0, high <= 255, floats.allSatisfy({ $0 == $0.rounded() }) else {
        throw FileFormatError(
          source,
          "its values are from \(low) to \(high), but the model was trained on bytes; give whole numbers from 0 to 255, or "
            + "their 255th parts")
      }
      return normalization.seen(floats.map { UInt8($0) }, features: features)
    }
  }
}

import Configs
import Files
import GraphExec
import Text

extension StoredModel {
  /// The key of the metadata under which a model file says what a byte of an image becomes, where it does not say on what it
  /// was trained: as a config's `dataset.normalization` writes it.
  package static let normalizationKey = "normalization"

  /// What the network is shown of an image's bytes: as in its training, or as the file of a network that was imported says;
  /// the bytes divided by 255 where nothing is said.
  ///
  /// - Parameter path: what messages call the model.
  /// - Throws: `FileFormatError` where what it says is none.
  package func normalization(path: String) throws -> PixelNormalization {
    do throws(ConfigError) {
      if let origin = ModelOrigin(metadata: metadata) { return try origin.data()?.normalization ?? .none }
      guard let text = metadata[Self.normalizationKey] else { return .none }
      guard let json = try? JSONParser.parse(text) else {
        throw ConfigError(problems: ["the metadata's \(Self.normalizationKey) is no JSON"])
      }
      let own = try PixelNormalization.read(numbers: json)
      guard
        [1, original.input.channels].contains(own.mean.count) || original.input.isFlat && own.mean.count <= 4
      else {
        throw ConfigError(problems: [
          "its normalization has \(own.mean.count) means for images of \(original.input.channels) channels"
        ])
      }
      return own
    } catch {
      throw FileFormatError(path, error.problems[0])
    }
  }

  /// The data set that the file says the model was trained on; nil where it does not say.
  ///
  /// - Parameter path: what messages call the model.
  /// - Throws: `FileFormatError` where what it says is none.
  package func trained(path: String) throws -> DatasetConfig? {
    do throws(ConfigError) {
      return try ModelOrigin(metadata: metadata)?.data()
    } catch {
      throw FileFormatError(path, error.problems[0])
    }
  }

  /// The same model with other metadata.
  package func with(_ metadata: [String: String]) -> StoredModel {
    StoredModel(compaction: compaction, parameters: parameters, metadata: metadata)
  }
}

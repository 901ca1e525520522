import Configs
import Datasets
import Files
import GraphExec
import ModelFiles

/// What a model predicts for labelled images, and how fast.
package struct Evaluation: Sendable {
  /// How often images of a class (row) were taken for another (column).
  package let confusion: [[Int]]
  /// The median latency, by the number of images.
  package let latencies: [(images: Int, time: Duration)]
  /// Bytes of the model on the device with the working memory of a batch; nil where the backend does not count.
  package let deviceBytes: Int?

  /// Units of the network that ran.
  package let layers: [Int]
  /// How each weight matrix was multiplied in batches: `dense` or `sparse`.
  package let formats: [String]

  /// Images that were classified.
  package var images: Int { confusion.joined().reduce(0, +) }
  /// Images whose class was found.
  package var correct: Int { confusion.indices.reduce(0) { $0 + confusion[$1][$1] } }
  /// Share of the images whose class was found, 0...1.
  package var accuracy: Double { Double(correct) / Double(images) }

  /// Images of a batch where there are many.
  package static let batchSize = 256

  /// Runs a model over images on a device.
  ///
  /// For the times the images are repeated where there are fewer than it takes.
  ///
  /// - Parameters:
  ///   - path: what messages call the model.
  ///   - normalization: what it is shown of the images' bytes.
  ///   - format: `dense` runs the original network with its zeros; the others leave out dead units, and `sparse` runs
  ///     matrices over their surviving entries, `auto` where that is faster on this device.
  ///   - timed: the numbers of images whose time is taken.
  /// - Throws: `FileFormatError` for a model that does not fit the images, or whose outputs are not numbers; errors
  ///   of the device.
  package init(
    _ stored: StoredModel, path: String, on images: ImageSet, classes: Int,
    normalization: PixelNormalization = .none, backend: any Backend,
    format: ExecutionConfig.Format = .auto, timed: [Int] = [1, batchSize, 10_000]
  ) throws {
    let network = stored.original
    // To a network that takes values in a row, the shape of an image means nothing.
    let fits =
      network.input.isFlat ? network.inputs == images.shape.values : network.input == Shape(images.shape)
    guard fits, network.outputs == classes else {
      throw FileFormatError(
        path,
        "the model is for images of \(network.input) values and \(network.outputs) classes, but these have "
          + "\(Shape(images.shape)) values and \(classes) classes")
    }
    guard [1, images.shape.channels].contains(normalization.mean.count) else {
      throw FileFormatError(
        path,
        "the model was trained on images of \(normalization.mean.count) channels, but these have \(images.shape.channels)"
      )
    }
    func host(_ count: Int) -> HostImages { images.repeated(count).host(normalization) }
    let running = format == .dense ? stored.uncompressed() : stored.compressed()
    let batched = try Inference(running, on: backend, batchSize: Self.batchSize, format: format)
    let outputs = try batched.outputs(of: backend.upload(host(images.count)))
    confusion = try Self.confusion(outputs, labels: images.labels, classes: classes, path: path)
    deviceBytes = batched.deviceBytes
    formats = batched.formats
    layers = running.network.widths
    let single = try Inference(running, on: backend, batchSize: 1, format: format)
    latencies = try timed.map { count in
      let set = try backend.upload(host(count))
      return (count, try (count == 1 ? single : batched).latency(of: set))
    }
  }

  /// Counts predictions: the class of an image is that of its largest output, the lower one among equals.
  package static func confusion(
    _ outputs: [Float], labels: [UInt8], classes: Int, path: String
  ) throws -> [[Int]] {
    var counts = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    for (image, label) in labels.enumerated() {
      var best = 0
      for candidate in 0..<classes {
        let output = outputs[image * classes + candidate]
        guard !output.isNaN else {
          throw FileFormatError(
            path,
            "the model's output for image \(image) is not a number; its weights are not those of a trained model"
          )
        }
        if output > outputs[image * classes + best] { best = candidate }
      }
      counts[Int(label)][best] += 1
    }
    return counts
  }
}

extension ImageSet {
  /// The first `count` images, from the start again where there are fewer.
  fileprivate func repeated(_ wanted: Int) -> ImageSet {
    guard wanted > count else { return prefix(wanted) }
    func repeated<Value>(_ values: [Value]) -> [Value] {
      var result: [Value] = []
      result.reserveCapacity(wanted * shape.values)
      while result.count < wanted * shape.values {
        result += values.prefix(wanted * shape.values - result.count)
      }
      return result
    }
    let pixels: PixelValues =
      switch pixels {
      case .bytes(let bytes): .bytes(repeated(bytes))
      case .floats(let floats): .floats(repeated(floats))
      }
    return ImageSet(
      name: name, pixels: pixels, labels: (0..<wanted).map { labels[$0 % count] }, shape: shape)
  }
}

import Backends
import Configs
import Files
import Foundation
import GraphExec
import ModelFiles

/// What a model takes an image for.
package struct Prediction: Sendable {
  /// The probability of each class, which add up to 1.
  package let probabilities: [Double]
  /// The class of the largest output, the lower one among equals.
  package let best: Int

  /// The softmax of a network's outputs; nil where one is not a number.
  package init?(outputs: some Collection<Float>) {
    guard let largest = outputs.max(), !outputs.contains(where: \.isNaN) else { return nil }
    // An infinite output is certain.
    let powers = outputs.map {
      largest.isInfinite ? ($0 == largest ? 1 : 0) : exp(Double($0) - Double(largest))
    }
    let sum = powers.reduce(0, +)
    probabilities = powers.map { $0 / sum }
    best = outputs.enumerated().reduce(0) { best, next in
      next.element > outputs[outputs.index(outputs.startIndex, offsetBy: best)] ? next.offset : best
    }
  }

  /// The classes in order of their probabilities, the most probable first.
  package var ranking: [Int] {
    probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
  }
}

/// Predicts the classes of images that come bit by bit.
package final class Predictor {
  private let stored: StoredModel
  private let path: String
  private let backend: any Backend
  private let format: ExecutionConfig.Format
  private var inference: Inference?
  private var batchSize = 0

  /// - Parameter path: what messages call the model.
  package init(
    _ stored: StoredModel, path: String, backend: any Backend, format: ExecutionConfig.Format = .auto
  ) {
    self.stored = format == .dense ? stored.uncompressed() : stored.compressed()
    (self.path, self.backend, self.format) = (path, backend, format)
  }

  /// The predictions for images that are as the network sees them.
  ///
  /// - Throws: `FileFormatError` where an output is not a number; errors of the device.
  package func predict(_ images: [Float]) throws -> [Prediction] {
    let (inputs, outputs) = (stored.network.inputs, stored.network.outputs)
    let count = images.count / inputs
    guard count > 0 else { return [] }
    // One image alone, or many: two forms of the model at most.
    let wanted = count == 1 ? 1 : Evaluation.batchSize
    if inference == nil || batchSize < wanted {
      inference = try Inference(stored, on: backend, batchSize: wanted, format: format)
      batchSize = wanted
    }
    guard let inference else { return [] }
    let set = try backend.upload(
      HostImages(features: .floats(images), labels: [UInt8](repeating: 0, count: count), size: inputs))
    let values = try inference.outputs(of: set)
    return try (0..<count).map { image in
      guard let prediction = Prediction(outputs: values[(image * outputs)..<((image + 1) * outputs)]) else {
        throw FileFormatError(
          path, "an output of the model is not a number; its weights are not those of a trained model")
      }
      return prediction
    }
  }
}

import Backends
import Configs
import GraphExec
import ModelFiles

extension StoredModel {
  /// The largest difference between the outputs of this model and another form of it, on random images on the CPU, and
  /// the largest of this model's outputs, beside which the difference is to be seen.
  package func outputDifference(
    to other: StoredModel, images count: Int = 256, seed: UInt64 = 1
  ) throws -> (difference: Double, largest: Double) {
    precondition(original == other.original, "the models are not forms of one network")
    var random = SplitMix64(seed: seed, stream: 0)
    let bytes = (0..<count * network.inputs).map { _ in UInt8.random(in: 0...255, using: &random) }
    let images = HostImages(
      features: .bytes(bytes), labels: [UInt8](repeating: 0, count: count), size: network.inputs)
    let backend = try BackendChoice.open("cpu")
    let set = try backend.upload(images)
    func outputs(_ model: StoredModel) throws -> [Float] {
      try Inference(model, on: backend, batchSize: count, format: .dense).outputs(of: set)
    }
    let (mine, others) = (try outputs(self), try outputs(other))
    return (largestDifference(mine, others), mine.reduce(0) { max($0, abs(Double($1))) })
  }
}

/// The largest difference between two forms' outputs; NaN where one of the differences is.
package func largestDifference(_ a: [Float], _ b: [Float]) -> Double {
  // `max` would lose a NaN, and with it that the forms differ.
  zip(a, b).reduce(0) { largest, pair in
    let difference = abs(Double(pair.0) - Double(pair.1))
    return difference.isNaN || difference > largest ? difference : largest
  }
}

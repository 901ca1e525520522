import GraphExec
import Reference

/// Small random networks with masks, in whole numbers, and their logits on the CPU.
///
/// Up to four matrices of up to 30 inputs keep every sum below 2^24, where floats are exact.
enum RandomNetwork {
  /// Weights -2...2, moments, and masks of about this density; pruned entries are zero.
  static func state(_ network: Network, density: Double, seed: UInt64) -> ModelState {
    var random = SplitMix64(seed: seed, stream: 1)
    func matrix(_ parameter: Parameter) -> Matrix {
      let values = (0..<parameter.count).map { _ in Float(Int.random(in: -2...2, using: &random)) }
      return Matrix(rows: parameter.rows, columns: parameter.columns, values: values)
    }
    var state = ModelState(
      parameters: network.parameters.map { parameter in
        let mask = (0..<parameter.count).map { _ -> UInt8 in
          Double.random(in: 0..<1, using: &random) < density ? 1 : 0
        }
        return ParameterState(
          matrix(parameter), slots: [matrix(parameter), matrix(parameter)], mask: mask)
      }, step: 41)
    applyMasks(&state)
    return state
  }

  /// Zeroes what is pruned.
  static func applyMasks(_ state: inout ModelState) {
    for (parameter, mask) in state.masks.enumerated() {
      for index in mask.indices where mask[index] == 0 {
        state.parameters[parameter].value.values[index] = 0
        for slot in 0..<2 { state.parameters[parameter].slots[slot].values[index] = 0 }
      }
    }
  }

  /// Five images of small whole numbers.
  static func images(size: Int, seed: UInt64) -> HostImages {
    var random = SplitMix64(seed: seed, stream: 2)
    let features = (0..<5 * size).map { _ in Float(Int.random(in: 0...1, using: &random)) }
    return HostImages(features: .floats(features), labels: [UInt8](repeating: 0, count: 5), size: size)
  }

  /// The outputs of all images.
  static func logits(of state: ModelState, _ network: Network, images: HostImages) throws -> [Float] {
    let backend = try CPUBackend()
    let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 4, masked: true))
    try model.load(state)
    return try model.outputs(of: backend.upload(images))
  }
}

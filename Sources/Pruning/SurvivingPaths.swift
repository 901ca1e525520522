import GraphExec

/// The paths of surviving entries through a network, from unit to unit.
struct SurvivingPaths {
  let groups: UnitGroups
  private let network: Network
  private let masks: [[UInt8]]

  init(_ network: Network, masks: [[UInt8]]) {
    precondition(
      masks.map(\.count) == network.parameters.map(\.count), "a network needs a mask per parameter")
    self.network = network
    self.masks = masks
    groups = UnitGroups(network)
  }

  /// For each group, the units that a path leads to from an input, or from a bias or a batch norm's entry.
  ///
  /// - Parameter byWeightsAlone: from an input only.
  func reached(byWeightsAlone: Bool = false) -> [[Bool]] {
    var reached = groups.groups.map { [Bool](repeating: false, count: $0.count) }
    reached[0] = reached[0].map { _ in true }
    repeatUntilSettled(&reached) { reached in
      for layer in network.layers.indices {
        let output = groups.ofLayer[layer]
        for parameter in network.parameters(of: layer) where network[parameter].isWeight || !byWeightsAlone {
          forward(parameter, in: layer, from: reached[groups.ofInputs(of: layer)[0]], to: &reached[output])
        }
      }
    }
    return reached
  }

  /// For each group, those of the `reached` units that a path leads from to an output, and all outputs.
  func reading(_ reached: [[Bool]]) -> [[Bool]] {
    let last = groups.ofLayer[network.layers.count - 1]
    var live = groups.groups.map { [Bool](repeating: false, count: $0.count) }
    live[last] = live[last].map { _ in true }
    repeatUntilSettled(&live) { live in
      for layer in network.layers.indices.reversed() {
        let output = groups.ofLayer[layer]
        for parameter in network.parameters(of: layer) where network[parameter].isWeight {
          let input = groups.ofInputs(of: layer)[0]
          backward(parameter, in: layer, from: live[output], through: reached[input], to: &live[input])
        }
      }
    }
    return live
  }

  /// A chain is settled after once; tied units are reached by any of several layers.
  private func repeatUntilSettled(_ flags: inout [[Bool]], _ pass: (inout [[Bool]]) -> Void) {
    var before: [[Bool]]
    repeat {
      before = flags
      pass(&flags)
    } while flags != before
  }

  /// Marks the units that a parameter's surviving entries lead to: from the inputs that are marked, or from nowhere, where
  /// they are no weights.
  private func forward(
    _ parameter: ParameterID, in layer: Int, from inputs: [Bool], to units: inout [Bool]
  ) {
    let shape = network[parameter]
    let (rows, columns) = (shape.isWeight ? shape.rows : 1, shape.columns)
    let height = max(rows / inputs.count, 1)
    var isReached = [UInt8](repeating: 0, count: columns)
    masks[parameter.index].withUnsafeBufferPointer { mask in
      isReached.withUnsafeMutableBufferPointer { isReached in
        for row in 0..<rows where !shape.isWeight || inputs[row / height] {
          for column in 0..<columns { isReached[column] |= mask[row * columns + column] }
        }
      }
    }
    let width = groups.span(of: columns, in: layer)
    for column in 0..<columns where isReached[column] != 0 { units[column / width] = true }
  }

  /// Marks the inputs among those `reached` that a weight's surviving entries lead from, to the units that are marked.
  private func backward(
    _ parameter: ParameterID, in layer: Int, from units: [Bool], through reached: [Bool],
    to inputs: inout [Bool]
  ) {
    let shape = network[parameter]
    let (height, columns) = (shape.rows / inputs.count, shape.columns)
    let width = groups.span(of: columns, in: layer)
    let isLive = (0..<columns).map { units[$0 / width] ? UInt8.max : 0 }
    masks[parameter.index].withUnsafeBufferPointer { mask in
      isLive.withUnsafeBufferPointer { isLive in
        for row in 0..<shape.rows where reached[row / height] && !inputs[row / height] {
          var survivors: UInt8 = 0
          for column in 0..<columns { survivors |= mask[row * columns + column] & isLive[column] }
          if survivors != 0 { inputs[row / height] = true }
        }
      }
    }
  }
}

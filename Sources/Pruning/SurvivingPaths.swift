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
    // Once is enough for a chain; tied units are reached by any of several layers.
    repeatUntilSettled(&reached) { reached in
      for layer in network.layers.indices {
        let output = groups.ofLayer[layer]
        for parameter in network.parameters(of: layer) where network[parameter].isWeight || !byWeightsAlone {
          forEachEntry(of: parameter, in: layer) { input, unit in
            if input.map({ reached[$0.group][$0.unit] }) ?? true { reached[output][unit] = true }
          }
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
        for parameter in network.parameters(of: layer) {
          forEachEntry(of: parameter, in: layer) { input, unit in
            guard let input, live[output][unit], reached[input.group][input.unit] else { return }
            live[input.group][input.unit] = true
          }
        }
      }
    }
    return live
  }

  private func repeatUntilSettled(_ flags: inout [[Bool]], _ pass: (inout [[Bool]]) -> Void) {
    var before: [[Bool]]
    repeat {
      before = flags
      pass(&flags)
    } while flags != before
  }

  /// Calls `body` with each surviving entry: the unit that it leads from, none for an entry that is no weight, and the unit
  /// of the layer's output that it leads to.
  @inline(__always)
  private func forEachEntry(
    of parameter: ParameterID, in layer: Int, _ body: ((group: Int, unit: Int)?, Int) -> Void
  ) {
    let shape = network[parameter]
    let mask = masks[parameter.index]
    let width = groups.span(of: shape.columns, in: layer)
    guard shape.isWeight else {
      for column in 0..<shape.columns where mask[column] != 0 { body(nil, column / width) }
      return
    }
    let inputs = groups.ofInputs(of: layer)[0]
    let height = shape.rows / groups.groups[inputs].count
    for row in 0..<shape.rows {
      for column in 0..<shape.columns where mask[row * shape.columns + column] != 0 {
        body((inputs, row / height), column / width)
      }
    }
  }
}

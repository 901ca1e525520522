import GraphExec

/// Which units of a pruned network are alive, and the smaller network that they make.
///
/// A hidden unit is dead when no surviving entry leads to it from a live unit, or none leads from it to a live unit,
/// followed through the network in both directions: it lies on no path of surviving entries from an input to an
/// output. Without biases a dead unit's output is zero, or nothing reads it, so removing it leaves the logits of a ReLU
/// network as they are, to the rounding of sums taken in another order.
///
/// Inputs and outputs are never removed: images and labels stay as they are.
public struct Compaction: Sendable, Equatable {
  /// The original network.
  public let network: Network
  /// The units kept in each activation layer, `0...depth`, ascending.
  public let kept: [[Int]]

  /// Finds the live units.
  ///
  /// A hidden layer with no live unit keeps its first one, since a network needs one. That happens only where no path
  /// leads from an input to an output, so the logits are zero with that unit as without it.
  ///
  /// - Parameters:
  ///   - network: the original network.
  ///   - masks: 1 for a surviving entry, 0 for a pruned one; a mask per layer, `[inputs, outputs]`, row-major, as in
  ///     `ModelState`.
  public init(network: Network, masks: [[UInt8]]) {
    precondition(masks.count == network.depth, "a network needs a mask per weight matrix")
    self.network = network
    // A unit that an input reaches and that reaches an output stays both when all others are gone, so one pass in
    // each direction finds what repeated removal would.
    var live = Self.reached(in: network, masks: masks)
    live[network.depth] = [Bool](repeating: true, count: network.outputs)
    for layer in (1..<network.depth).reversed() {
      let reading = Self.reading(live[layer + 1], through: masks[layer], shape: network.shape(of: layer))
      live[layer] = zip(live[layer], reading).map { $0 && $1 }
    }
    kept = live.enumerated().map { layer, flags in
      let units = flags.indices.filter { layer == 0 || flags[$0] }
      return units.isEmpty ? [0] : units
    }
  }

  /// Takes the kept units from elsewhere, a file for instance.
  ///
  /// - Parameter kept: for each activation layer its kept units, ascending, at least one; all inputs and outputs.
  package init(network: Network, kept: [[Int]]) {
    precondition(kept.count == network.layers.count, "a list of kept units per activation layer")
    self.network = network
    self.kept = kept
  }

  /// Whether a path of surviving entries leads from an input to an output; without one, the logits are zero for every
  /// image.
  public static func isConnected(_ network: Network, masks: [[UInt8]]) -> Bool {
    reached(in: network, masks: masks)[network.depth].contains(true)
  }

  /// The units of each activation layer that a path leads to from an input.
  private static func reached(in network: Network, masks: [[UInt8]]) -> [[Bool]] {
    var live = [[Bool](repeating: true, count: network.inputs)]
    for layer in 0..<network.depth {
      live.append(reached(from: live[layer], through: masks[layer], shape: network.shape(of: layer)))
    }
    return live
  }

  /// Units of a layer's outputs with a surviving entry from a live input.
  private static func reached(
    from live: [Bool], through mask: [UInt8], shape: (inputs: Int, outputs: Int)
  ) -> [Bool] {
    precondition(mask.count == shape.inputs * shape.outputs, "a mask needs inputs x outputs entries")
    var reached = [Bool](repeating: false, count: shape.outputs)
    for input in 0..<shape.inputs where live[input] {
      let row = input * shape.outputs
      for output in 0..<shape.outputs where mask[row + output] != 0 { reached[output] = true }
    }
    return reached
  }

  /// Units of a layer's inputs with a surviving entry to a live output.
  private static func reading(
    _ live: [Bool], through mask: [UInt8], shape: (inputs: Int, outputs: Int)
  ) -> [Bool] {
    (0..<shape.inputs).map { input in
      let row = input * shape.outputs
      return (0..<shape.outputs).contains { live[$0] && mask[row + $0] != 0 }
    }
  }

  /// The network of the kept units.
  public var compacted: Network {
    Network(layers: kept.map(\.count), outputRelu: network.outputRelu)
  }

  /// Whether every unit is kept.
  public var isIdentity: Bool { compacted == network }
}

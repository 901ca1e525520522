import GraphExec
import Pruning
import Text

/// Blocks, and groups of inputs.
extension PruningConfig {
  /// What is said of a structure must mean something to it, and each group of inputs loses a whole number of them.
  func checkStructures(_ section: ConfigSection) {
    for (key, strategy) in [(Self.blockKey, Strategy.block), (Self.groupSizeKey, .groups)]
    where section.members[key] != nil && !strategies.contains(strategy) {
      section.report(
        key, "only strategy \"\(strategy.rawValue)\" looks at it; leave it out",
        involving: [section.path("strategies")])
    }
    guard strategies.contains(.groups) else { return }
    for (index, sparsity) in sparsities.enumerated() { check(sparsity, at: "sparsities[\(index)]", section) }
    for (name, sparsity) in layers.own.sorted(by: { $0.key < $1.key }) {
      check(sparsity, at: "layers.\(name)", section)
    }
    if scope.kind.init() as? LayerScope == nil {
      section.report(
        "scope", "strategy \"n_m\" prunes each layer by its groups alone; choose layer",
        involving: [section.path("strategies")])
    }
  }

  /// The blocks that entries of pruned layers lie in, where kernels make use of them.
  package var entryBlocks: Set<SparseBlocks> {
    Set(strategies.map { SparseBlocks(unit(of: $0)) }).subtracting([.entries])
  }

  private func check(_ sparsity: Double, at key: String, _ section: ConfigSection) {
    let lost = sparsity * Double(groupSize)
    guard abs(lost - lost.rounded()) > 1e-9 else { return }
    let allowed = (1..<groupSize).map { DecimalText.shortest(Double($0) / Double(groupSize)) }
    section.report(
      key,
      "\(DecimalText.shortest(sparsity)) of \(groupSize) weights is no whole number; strategy \"n_m\" with group_size "
        + "\(groupSize) allows 0, \(allowed.joined(separator: ", "))", involving: [section.path("strategies")]
    )
  }
}

extension StudyConfig {
  /// The inputs of each layer that loses some of each group must divide into groups.
  func checkInputGroups(_ section: ConfigSection, _ network: Network) {
    guard pruning.strategies.contains(.groups) else { return }
    let size = pruning.groupSize
    let (shared, own) = pruning.layers.candidates(of: network, .group(size: size))
    for weight in shared.map(\.weight) + own.map(\.layer.weight)
    where InputGroups(of: size, network[weight]) == nil {
      let shape = network[weight]
      let inputs = shape.shape.dimensions[0]
      let kind = shape.shape.dimensions.count > 2 ? "channels" : "inputs"
      section.report(
        "pruning.group_size",
        "\(size) does not divide the \(inputs) \(kind) of \(shape.layer); choose another size, or name the layer in "
          + "pruning.dense_layers",
        involving: ["pruning.strategies", "model.layers", "model.network"])
    }
  }
}

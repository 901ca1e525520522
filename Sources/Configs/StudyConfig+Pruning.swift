import GraphExec
import Pruning
import Text

/// Whether what is said of pruning fits the network.
extension StudyConfig {
  /// - Parameter network: the network; nil where it was refused.
  func checkCriterion(_ section: ConfigSection, _ network: Network?) {
    let kind = pruning.criterion.kind
    for strategy in pruning.strategies where strategy != .neuron && !kind.ranksWeights {
      let others = Criteria.all.filter { $0.ranksWeights }.map { $0.name }
      section.report(
        "pruning.criterion",
        "\(kind.name) does not rank what strategy \"\(strategy.rawValue)\" prunes; choose "
          + others.joined(separator: ", "), involving: ["pruning.strategies"])
    }
    guard let network, pruning.strategies.contains(.neuron) else { return }
    let (shared, own) = pruning.layers.candidates(of: network, .neuron)
    for layer in shared + own.map(\.layer) {
      guard kind.init().ranking(network.units(of: layer.weight), of: network).isEmpty else { continue }
      section.report(
        "pruning.criterion",
        "\(kind.name) needs a batch norm, and the units of \(network[layer.weight].layer) have none; give it one, or name "
          + "the layer in pruning.dense_layers", involving: ["model.layers", "model.network"])
    }
  }

  /// Entries are replaced one by one, in CSR.
  func checkDynamicSchedule(_ section: ConfigSection) {
    guard case .dynamic = pruning.schedule else { return }
    let name = pruning.schedule.name.rawValue
    for strategy in pruning.strategies where strategy != .weight {
      let what = [.neuron: "units", .block: "blocks", .groups: "some of each group"][strategy] ?? ""
      section.report(
        "pruning.schedule.name",
        "\(name) replaces single weights, and strategy \"\(strategy.rawValue)\" prunes \(what); choose strategy "
          + "\"weight\" only",
        involving: ["pruning.strategies"])
    }
    if execution.format == .dense {
      section.report(
        "pruning.schedule.name",
        "\(name) trains sparse weights, and execution.format \"dense\" allows none; choose auto or sparse",
        involving: ["execution.format"])
    }
  }

  /// A dense network of equal size has fewer units in its hidden layers.
  func checkEqualSize(_ section: ConfigSection, _ network: Network) {
    guard pruning.controls.contains(.equalSize), network.scaled(toParameters: network.parameterCount) == nil
    else { return }
    section.report(
      "pruning.controls", "equal_size takes units from hidden layers, and this network has none",
      involving: ["model.layers"])
  }

  /// The layers that are named must be there, and something must be left to prune.
  func checkPrunedLayers(_ section: ConfigSection, _ network: Network) {
    let layers = pruning.layers
    for name in layers.own.keys.sorted() {
      let path = "pruning.layers.\(name)"
      guard check(name, at: path, section, network) else { continue }
      if layers.dense.contains(name) {
        section.report(path, "stands in pruning.dense_layers, too", involving: ["pruning.dense_layers"])
      } else if name == network.layers[network.outputLayer].name, !layers.prunesOutput {
        section.report(
          path, "is the output layer, which is pruned only where pruning.prune_output_layer is true",
          involving: ["pruning.prune_output_layer"])
      }
    }
    let known = layers.dense.sorted().filter { check($0, at: "pruning.dense_layers", section, network) }
    for strategy in pruning.strategies {
      if strategy == .neuron { checkTiedUnits(section, network) }
      let (shared, own) = layers.candidates(of: network, pruning.unit(of: strategy))
      let isNothingLeft = shared.isEmpty && own.isEmpty
      if !known.isEmpty, isNothingLeft, pruning.sparsities.contains(where: { $0 > 0 }) {
        section.report(
          "pruning.dense_layers", "leave strategy \"\(strategy.rawValue)\" no layer to prune",
          involving: ["pruning.strategies", "pruning.sparsities"])
      }
    }
  }

  /// Whether a layer with this name has a weight.
  private func check(_ name: String, at path: String, _ section: ConfigSection, _ network: Network) -> Bool {
    let names = network.weights.map { network[$0].layer }
    if names.contains(name) { return true }
    let text = JSONValue.string(name).excerpt
    section.report(
      path,
      network.layers.contains { $0.name == name }
        ? "layer \(text) has no weight; those that have: \(names.joined(separator: ", "))"
        : "\(text) is no layer with a weight; \(ConfigSection.advice(name, names))",
      involving: ["model.layers", "model.network"])
    return false
  }

  /// Layers whose units an addition ties together have one sparsity.
  private func checkTiedUnits(_ section: ConfigSection, _ network: Network) {
    let layers = pruning.layers
    for group in layers.groups(of: network, .neuron) {
      let names = group.weights.map { network[$0].layer }
      guard let first = names.first(where: { layers.own[$0] != nil }) else { continue }
      for name in names where name != first {
        let isOther = layers.own[name].map { $0 != layers.own[first] } ?? layers.dense.contains(name)
        guard isOther else { continue }
        section.report(
          "pruning.layers.\(first)",
          "its units are those of \(name), too, which is to have another sparsity; give both the same",
          involving: ["pruning.dense_layers", "pruning.strategies"])
      }
    }
  }
}

import GraphExec
import Pruning

extension PruningPolicy {
  /// What is wrong with a trained network that is to have exactly the zeros that the policy asks for; nil where nothing is.
  func failure(of state: ModelState, network: Network) -> RunFailure? {
    var pruned: [ParameterID: Int] = [:]
    for event in events(sparsity: schedule.target, of: network) where event.count > 0 {
      let counts = event.weights.map { pruningCount(of: $0, state.masks[$0.index], network) }
      if event.weights.count == 1 {
        // How many there are is checked with what else belongs to them.
        pruned[event.weights[0]] = event.count(of: counts.map(\.candidates))
        continue
      }
      if let failure = failure(of: counts, event, network) { return failure }
      for (weight, count) in zip(event.weights, counts) { pruned[weight] = count.pruned }
    }
    for (index, expected) in survivors(of: network, pruning: pruned).enumerated() {
      let label = network.parameters[index].label
      let mask = state.parameters[index].mask
      let survivors = mask.count { $0 != 0 }
      guard survivors == expected else {
        return fault("\(label) keeps \(survivors) weights, but \(expected) are asked for")
      }
      guard !zip(mask, state.parameters[index].value.values).contains(where: { $0 == 0 && $1 != 0 }) else {
        return fault("\(label) has pruned weights that are not 0")
      }
    }
    return nil
  }

  /// What is wrong with the numbers of layers that were ranked together: only their total is known before, and that each keeps
  /// its minimum.
  private func failure(
    of counts: [(pruned: Int, candidates: Int)], _ event: PruningEvent, _ network: Network
  ) -> RunFailure? {
    let candidates = unit == .weight ? "weights" : "units"
    let expected = event.count(of: counts.map(\.candidates))
    let total = counts.reduce(0) { $0 + $1.pruned }
    guard total == expected else {
      return fault("\(total) \(candidates) of all layers are pruned, but \(expected) are asked for")
    }
    for (weight, count) in zip(event.weights, counts) {
      let (kept, least) = (count.candidates - count.pruned, min(minimumSurvivors, count.candidates))
      guard kept >= least else {
        return fault("\(network[weight].label) keeps \(kept) \(candidates), but \(least) are asked for")
      }
    }
    return nil
  }

  /// How many of a weight's entries, or of the units of its columns, a mask prunes.
  private func pruningCount(
    of weight: ParameterID, _ mask: [UInt8], _ network: Network
  ) -> (pruned: Int, candidates: Int) {
    guard unit == .neuron else { return (mask.count { $0 == 0 }, mask.count) }
    let owners = network.units(of: weight)
    // A unit is pruned in all its entries, so the first one tells.
    let span = owners.weights[0].span
    return ((0..<owners.units).count { mask[$0 * span] == 0 }, owners.units)
  }

  private func fault(_ problem: String) -> RunFailure {
    RunFailure(reason: problem + "; this is a fault of the engine: run whittle verify")
  }
}

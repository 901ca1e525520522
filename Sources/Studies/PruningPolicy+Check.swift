import GraphExec
import Pruning

extension PruningPolicy {
  /// What is wrong with a trained network that is to have exactly the zeros that the policy asks for; nil where nothing is.
  func failure(of state: ModelState, network: Network) -> RunFailure? {
    var pruned: [ParameterID: Int] = [:]
    for event in events(sparsity: schedule.target, of: network) where event.count > 0 {
      if let failure = structureFailure(of: state, event, network) { return failure }
      let counts = event.weights.map { pruningCount(of: $0, state.masks[$0.index], network) }
      if event.weights.count == 1 {
        // How many there are is checked with what else belongs to them.
        pruned[event.weights[0]] = event.count(of: counts.map(\.candidates))
        continue
      }
      if let failure = failure(of: counts, event, network) { return failure }
      for (weight, count) in zip(event.weights, counts) { pruned[weight] = count.pruned }
    }
    let survivors = survivors(of: network, pruning: pruned) { state.masks[$0.index] }
    for (index, expected) in survivors.enumerated() {
      let label = network.parameters[index].label
      let mask = state.parameters[index].mask
      let kept = mask.count { $0 != 0 }
      guard kept == expected else {
        return fault("\(label) keeps \(kept) weights, but \(expected) are asked for")
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
    let candidates = unit.candidates
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

  /// What is wrong with groups of inputs that should have lost as many each.
  private func structureFailure(
    of state: ModelState, _ event: PruningEvent, _ network: Network
  ) -> RunFailure? {
    guard let groups = network.groups(of: event) else { return nil }
    let (weight, columns) = (event.weights[0], network[event.weights[0]].columns)
    let lost = event.count / (groups.count * columns)
    for group in 0..<groups.count {
      let rows = groups.rows(of: group)
      for column in 0..<columns
      where rows.count(where: { state.masks[weight.index][$0 * columns + column] == 0 }) != lost {
        return fault("a group of \(network[weight].label) has not lost \(lost) of \(groups.size) weights")
      }
    }
    return nil
  }

  /// How many of a weight's own candidates, or of the units of its columns, a mask prunes.
  private func pruningCount(
    of weight: ParameterID, _ mask: [UInt8], _ network: Network
  ) -> (pruned: Int, candidates: Int) {
    guard unit.isNeuron else {
      let grid = unit.grid(rows: network[weight].rows, columns: network[weight].columns)
      return ((0..<grid.count).count { mask[grid.firstEntry(of: $0)] == 0 }, grid.count)
    }
    let owners = network.units(of: weight)
    // A unit is pruned in all its entries, so the first one tells.
    let span = owners.weights[0].span
    return ((0..<owners.units).count { mask[$0 * span] == 0 }, owners.units)
  }

  private func fault(_ problem: String) -> RunFailure {
    RunFailure(reason: problem + "; this is a fault of the engine: run whittle verify")
  }
}

import GraphExec
import Pruning

extension PruningPolicy {
  /// What is wrong with a trained network that is to have exactly the zeros that the policy asks for; nil where nothing is.
  func failure(of state: ModelState, network: Network) -> RunFailure? {
    for (index, expected) in finalSurvivors(of: network).enumerated() {
      let label = network.parameters[index].label
      let mask = state.parameters[index].mask
      let survivors = mask.count { $0 != 0 }
      guard survivors == expected else {
        return RunFailure(
          reason: "\(label) keeps \(survivors) weights, but \(expected) are asked for; "
            + "this is a fault of the engine: run whittle verify")
      }
      guard !zip(mask, state.parameters[index].value.values).contains(where: { $0 == 0 && $1 != 0 }) else {
        return RunFailure(
          reason: "\(label) has pruned weights that are not 0; "
            + "this is a fault of the engine: run whittle verify")
      }
    }
    return nil
  }
}

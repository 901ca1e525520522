import GraphExec
import Pruning

extension PruningPolicy {
  /// What is wrong with a trained network that is to have exactly the zeros that the policy asks for; nil where nothing is.
  func failure(of state: ModelState, network: Network) -> RunFailure? {
    for (layer, expected) in finalSurvivors(of: network).enumerated() {
      let mask = state.masks[layer]
      let survivors = mask.count { $0 != 0 }
      guard survivors == expected else {
        return RunFailure(
          reason: "layer \(layer + 1) keeps \(survivors) weights, but \(expected) are asked for; "
            + "this is a fault of the engine: run whittle verify")
      }
      guard !zip(mask, state.weights[layer].values).contains(where: { $0 == 0 && $1 != 0 }) else {
        return RunFailure(
          reason: "layer \(layer + 1) has pruned weights that are not 0; "
            + "this is a fault of the engine: run whittle verify")
      }
    }
    return nil
  }
}

import GraphExec

extension ModelState {
  /// The state with the masks of each layer in another order: its entries, or its units with all that they own.
  func shuffled(_ unit: PruningUnit, of network: Network, _ random: inout SplitMix64) -> ModelState {
    var state = self
    guard unit == .neuron else {
      for weight in network.weights { state[weight].mask.shuffle(using: &random) }
      return state
    }
    for owners in network.unitOwners {
      // Where each unit's masks are taken from.
      let order = random.permutation(owners.units)
      for owned in owners.weights + owners.others {
        let old = self[owned.parameter].mask
        let columns = network[owned.parameter].columns
        for entry in old.indices {
          let (row, column) = entry.quotientAndRemainder(dividingBy: columns)
          let (unit, place) = column.quotientAndRemainder(dividingBy: owned.span)
          state[owned.parameter].mask[entry] = old[row * columns + Int(order[unit]) * owned.span + place]
        }
      }
    }
    return state
  }
}

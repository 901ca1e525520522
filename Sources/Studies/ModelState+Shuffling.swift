import GraphExec

extension ModelState {
  /// The state with the masks of each layer in another order: its entries, its blocks among those of their size, the entries of
  /// each group of inputs, or its units with all that they own.
  func shuffled(_ unit: PruningUnit, of network: Network, _ random: inout SplitMix64) -> ModelState {
    var state = self
    if unit == .weight {
      for weight in network.weights { state[weight].mask.shuffle(using: &random) }
      return state
    }
    guard unit.isNeuron else {
      for weight in network.weights {
        // Entries that change places with each other, in sets of as many each.
        for places in interchangeable(unit, network[weight]) {
          let order = random.permutation(places.count)
          for (index, own) in places.enumerated() {
            for (entry, from) in zip(own, places[Int(order[index])]) {
              state[weight].mask[entry] = self[weight].mask[from]
            }
          }
        }
      }
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

  /// The entries of a weight's candidates, in lists among which they may change places.
  private func interchangeable(_ unit: PruningUnit, _ weight: Parameter) -> [[[Int]]] {
    if case .group(let size) = unit, let groups = InputGroups(of: size, weight) {
      return (0..<groups.count).flatMap { group in
        (0..<weight.columns).map { column in groups.rows(of: group).map { [$0 * weight.columns + column] } }
      }
    }
    let grid = unit.grid(rows: weight.rows, columns: weight.columns)
    let blocks = Dictionary(grouping: 0..<grid.count) {
      [grid.rows(of: $0).count, grid.columns(of: $0).count]
    }
    return blocks.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { $0.value.map(grid.entries) }
  }
}

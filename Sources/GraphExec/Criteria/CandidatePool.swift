/// The candidates of a weight, or of a group of units: what ranks them, and what is masked with them.
package struct CandidatePool: Sendable {
  /// A parameter, and the blocks of it that belong to the candidates.
  package struct Part: Sendable {
    package let parameter: LayerWeight
    package let grid: BlockGrid

    /// Blocks of so many rows and columns.
    package init(_ parameter: LayerWeight, height: Int, span: Int) {
      self.parameter = parameter
      grid = BlockGrid(
        rows: parameter.inputs, columns: parameter.outputs, blockRows: height, blockColumns: span)
    }
  }

  /// What ranks the candidates, together.
  package let ranked: [Part]
  /// What else is masked with them.
  package let others: [Part]
  /// Whether each entry is a candidate by itself, and not the sum over a block.
  package let isOfEntries: Bool
  /// Where the random bits of the candidates come from.
  package let bits: StepBits

  package init(ranked: [Part], others: [Part] = [], isOfEntries: Bool, bits: StepBits) {
    precondition(!ranked.isEmpty, "nothing ranks these candidates")
    (self.ranked, self.others, self.isOfEntries, self.bits) = (ranked, others, isOfEntries, bits)
  }

  /// How many there are.
  package var count: Int { ranked[0].grid.count }
  /// What makes a mean of the sum over a candidate, so that those of different sizes can be compared.
  package var meanFactor: Float {
    1 / Float(ranked.reduce(0) { $0 + $1.grid.blockRows * $1.grid.blockColumns })
  }
}

extension ModelSpecification {
  /// The candidates of an event, weight by weight or group by group.
  package func pools(of event: PruningEvent) -> [CandidatePool] {
    event.weights.map { weight in
      precondition(canPrune(weight, unit: event.unit), "only what is masked and ranked can be pruned")
      let bits = StepBits(of: weight, seed: seed)
      func part(_ parameter: ParameterID, height: Int, span: Int) -> CandidatePool.Part {
        CandidatePool.Part(LayerWeight(parameter, network[parameter]), height: height, span: span)
      }
      switch event.unit {
      case .weight, .group:
        return CandidatePool(ranked: [part(weight, height: 1, span: 1)], isOfEntries: true, bits: bits)
      case .block(let rows, let columns):
        return CandidatePool(
          ranked: [part(weight, height: rows, span: columns)], isOfEntries: false, bits: bits)
      case .neuron: break
      }
      let owners = network.units(of: weight)
      let ranked = ranking.criterion.ranking(owners, of: network)
      let others = (owners.weights + owners.others).filter { !ranked.contains($0) }
      func share(_ owned: UnitOwners.Owned) -> CandidatePool.Part {
        part(owned.parameter, height: network[owned.parameter].rows, span: owned.span)
      }
      return CandidatePool(
        ranked: ranked.map(share), others: others.map(share), isOfEntries: false, bits: bits)
    }
  }

  /// Whether candidates of a weight can be pruned: they are ranked, and what belongs to them is masked.
  package func canPrune(_ weight: ParameterID, unit: PruningUnit) -> Bool {
    guard ranking.ranks(unit) else { return false }
    guard unit.isNeuron else { return format(weight) == .masked || losesEntries(weight) }
    let owners = network.units(of: weight)
    return !ranking.criterion.ranking(owners, of: network).isEmpty
      && (owners.weights + owners.others).allSatisfy { format($0.parameter) == .masked }
  }

  /// Whether a weight in CSR can be pruned there: kernels of convolutions are told how many entries there are.
  private func losesEntries(_ weight: ParameterID) -> Bool {
    prunes != nil && pattern(weight) != nil && network.layers[network.layer(of: weight)].operation is Linear
  }

  /// The weights whose own candidates can be pruned, or the first one of each group whose units can.
  func prunable(_ unit: PruningUnit) -> [ParameterID] {
    let weights = unit.isNeuron ? network.unitOwners.map { $0.weights[0].parameter } : network.weights
    return weights.filter { canPrune($0, unit: unit) }
  }
}

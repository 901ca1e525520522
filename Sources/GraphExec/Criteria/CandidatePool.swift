/// The candidates of a weight, or of a group of units: what ranks them, and what is masked with them.
package struct CandidatePool: Sendable {
  /// A parameter, and how many of its neighbouring columns are a unit; 0 where each entry is a candidate by itself.
  package struct Part: Sendable {
    package let parameter: LayerWeight
    package let span: Int

    package init(_ parameter: LayerWeight, span: Int) {
      self.parameter = parameter
      self.span = span
    }

    /// Entries that a candidate has of it.
    fileprivate var entries: Int { span == 0 ? 1 : span * parameter.inputs }
    fileprivate var candidates: Int {
      span == 0 ? parameter.inputs * parameter.outputs : parameter.outputs / span
    }
  }

  /// What ranks the candidates, together.
  package let ranked: [Part]
  /// What else is masked with them.
  package let others: [Part]
  /// Where the random bits of the candidates come from.
  package let bits: StepBits

  package init(ranked: [Part], others: [Part] = [], bits: StepBits) {
    precondition(!ranked.isEmpty, "nothing ranks these candidates")
    (self.ranked, self.others, self.bits) = (ranked, others, bits)
  }

  /// How many there are.
  package var count: Int { ranked[0].candidates }
  /// What makes a mean of the sum over a unit, so that units of different sizes can be compared.
  package var meanFactor: Float { 1 / Float(ranked.reduce(0) { $0 + $1.entries }) }
}

extension ModelSpecification {
  /// The candidates of an event, weight by weight or group by group.
  package func pools(of event: PruningEvent) -> [CandidatePool] {
    event.weights.map { weight in
      precondition(canPrune(weight, unit: event.unit), "only what is masked and ranked can be pruned")
      let bits = StepBits(of: weight, seed: seed)
      func part(_ parameter: ParameterID, _ span: Int) -> CandidatePool.Part {
        CandidatePool.Part(LayerWeight(parameter, network[parameter]), span: span)
      }
      guard event.unit == .neuron else { return CandidatePool(ranked: [part(weight, 0)], bits: bits) }
      let owners = network.units(of: weight)
      let ranked = ranking.criterion.ranking(owners, of: network)
      let others = (owners.weights + owners.others).filter { !ranked.contains($0) }
      return CandidatePool(
        ranked: ranked.map { part($0.parameter, $0.span) },
        others: others.map { part($0.parameter, $0.span) },
        bits: bits)
    }
  }

  /// Whether a weight's entries can be pruned, or the units of its columns: they are ranked, and what they own is masked.
  package func canPrune(_ weight: ParameterID, unit: PruningUnit) -> Bool {
    guard ranking.ranks(unit) else { return false }
    guard unit == .neuron else { return format(weight) == .masked }
    let owners = network.units(of: weight)
    return !ranking.criterion.ranking(owners, of: network).isEmpty
      && (owners.weights + owners.others).allSatisfy { format($0.parameter) == .masked }
  }

  /// The weights whose entries can be pruned, or the first one of each group whose units can.
  func prunable(_ unit: PruningUnit) -> [ParameterID] {
    let weights = unit == .weight ? network.weights : network.unitOwners.map { $0.weights[0].parameter }
    return weights.filter { canPrune($0, unit: unit) }
  }
}

import Backends
import Configs
import Foundation
import GraphExec
import ModelFiles
import Pruning
import Studies
import StudyFiles
import Timing

extension ShrinkSearch {
  /// How the units that go are shared out among the groups.
  private enum Choice: String {
    case sensitivity, global
  }

  /// The share of the time that a candidate may take to be made.
  private static let candidates = 10.0
  /// The most epochs of a candidate.
  private static let maximumEpochs = 12
  /// A power of two: how near the ends of an interval come before it is no longer halved.
  private static let tolerance = 0.4

  /// Searches until the time is used up, or nothing is left to try.
  ///
  /// - Throws: `StudyInterrupted` when the signal was given: what was tried is kept.
  package func run() throws {
    let first = try attempt("original", "original", parent: nil, epochs: 0) {
      CandidateTrainer.Outcome(model: original, stepSeconds: try stepSeconds(of: original))
    }
    let epochs = epochs(stepSeconds: first.stepSeconds)
    tell("\(epochs) epochs for each candidate, of \(trainer.stepsPerEpoch) steps")
    try measureSensitivity()
    let units = try searchUnits(from: first, epochs: epochs)
    try compareUniform(first, epochs: epochs)
    try searchWeights(from: units, epochs: epochs)
    try trainLonger(epochs: epochs)
  }

  /// As many epochs as a part of the time allows for the network as it came.
  private func epochs(stepSeconds: Double) -> Int {
    let epoch = stepSeconds * Double(trainer.stepsPerEpoch)
    return min(max(Int(settings.seconds / Self.candidates / max(epoch, 1e-6)), 1), Self.maximumEpochs)
  }

  private func stepSeconds(of stored: StoredModel) throws -> Double {
    let model = try trainer.model(of: stored.network, ranking: Ranking())
    try model.load(stored.state)
    func seconds(steps: Int) throws -> Double {
      try model.beginEpoch(on: data.train.set, order: trainer.images(0, count: data.train.set.count))
      let all = try Measurement.seconds {
        for _ in 0..<steps { try model.enqueueStep() }
        _ = try model.epochTotals()
      }
      return all / Double(steps)
    }
    let steps = min(5, trainer.stepsPerEpoch)
    _ = try seconds(steps: 1)
    return try (0..<3).map { _ in try seconds(steps: steps) }.min() ?? .nan
  }

  private func measureSensitivity() throws {
    guard original.network.unitOwners.contains(where: { !$0.isFixed }) else {
      return tell("no units to prune: every layer with weights is an end of the network")
    }
    let model = try trainer.model(of: original.network, ranking: Ranking(CandidateTrainer.unitCriterion))
    try model.load(original.state)
    try model.enqueueGradients(on: data.train.set, images: criterionImages)
    let found = try UnitSensitivity(
      model, from: original.state, gradients: model.gradients(), heldOut: data.probe.set,
      check: trainer.signal.check)
    for group in found.groups {
      let bearable = group.points.last { $0.loss < group.points[0].loss + 0.05 }
      tell(
        "\(group.layer): \(group.units) units, \(bearable?.left ?? group.units) needed for a loss of 0.05 more at most"
      )
    }
    sensitivity = found
  }

  private var criterionImages: [Int32] {
    trainer.images(0, count: 2 * CandidateTrainer.criterionBatches * settings.batchSize)
  }

  private var cost: AllocationCost { AllocationCost(target: settings.target) }

  // MARK: - Units

  /// Fewer and fewer units.
  ///
  /// - Returns: the smallest network that was good enough.
  private func searchUnits(from first: ShrinkRow, epochs: Int) throws -> ShrinkRow {
    guard let sensitivity else { return first }
    // A quarter of the cost: both choices are tried, and the better one goes on.
    var choice = Choice.sensitivity
    let tried = try [Choice.sensitivity, .global].compactMap { choice -> (Choice, ShrinkRow)? in
      guard remaining > 0, let row = try tryUnits(choice, 2, from: first, sensitivity, epochs: epochs) else {
        return nil
      }
      return (choice, row)
    }
    if let better = tried.max(by: { $0.1.accuracy < $1.1.accuracy }) { choice = better.0 }
    let start = tried.first { $0.0 == choice }?.1
    return try halve(from: first, tried: start.map { (2, $0) }) { exponent, parent in
      try tryUnits(choice, exponent, from: parent, sensitivity, epochs: epochs)
    }
  }

  /// A network with a share of the original's cost, by two to the power of `exponent`.
  private func tryUnits(
    _ choice: Choice, _ exponent: Double, from parent: ShrinkRow, _ sensitivity: UnitSensitivity, epochs: Int
  ) throws -> ShrinkRow? {
    let share = pow(2, -exponent)
    let allocation: UnitAllocation?
    switch choice {
    case .sensitivity:
      allocation = .bySensitivity(sensitivity, of: original.network, share: share, cost: cost)
    case .global:
      let model = try trainer.model(
        of: original.network, ranking: Ranking(CandidateTrainer.unitCriterion, isGlobal: true))
      try model.load(original.state)
      try model.enqueueGradients(on: data.train.set, images: criterionImages)
      let gradients = try model.gradients()
      allocation = try .global(sensitivity.groups, share: share, cost: cost, model: model) {
        try model.load(original.state)
        try model.load(gradients: gradients)
      }
    }
    guard let allocation else { return nil }
    return try attempt(
      "units-\(Self.text(exponent))-\(choice.rawValue)", "units", parent: parent, epochs: epochs
    ) {
      try trainUnits(allocation, from: parent, sensitivity, epochs: epochs)
    }
  }

  /// Brings a network to an allocation, of which it may have less already.
  private func trainUnits(
    _ allocation: UnitAllocation, from parent: ShrinkRow, _ sensitivity: UnitSensitivity, epochs: Int
  ) throws -> CandidateTrainer.Outcome {
    let stored = try model(parent)
    let counts = UnitGroups(stored.network).groups.map(\.count)
    let own = sensitivity.groups.map { group in
      let left = min(allocation.left[group.place] ?? group.units, counts[group.place])
      return (group.layer, 1 - Double(left) / Double(counts[group.place]))
    }
    let policy = PruningPolicy(
      unit: .neuron, schedule: .constant(0.5),
      layers: LayerChoice(own: Dictionary(uniqueKeysWithValues: own)))
    return try trainer.train(stored, policy, epochs: epochs)
  }

  // MARK: - Weights

  /// Fewer and fewer weights of the best network.
  private func searchWeights(from parent: ShrinkRow, epochs: Int) throws {
    _ = try halve(from: parent, tried: nil) { exponent, from in
      try attempt("\(parent.name)-weights-\(Self.text(exponent))", "weights", parent: from, epochs: epochs) {
        let (whole, stored) = (try model(parent), try model(from))
        let candidates = whole.network.weights.dropLast()
        let count = candidates.reduce(0) { $0 + whole.network[$1].count }
        let now = stored.network.weights.dropLast().reduce(0) { $0 + stored.network[$1].count }
        // Of those that the network at hand still has.
        let sparsity = max(0, 1 - pow(2, -exponent) * Double(count) / Double(max(now, 1)))
        let policy = PruningPolicy(unit: .weight, schedule: .constant(sparsity), scope: GlobalScope())
        return try trainer.train(stored, policy, epochs: epochs)
      }
    }
  }

  // MARK: - Both

  /// Looks for the power of two by which a network can be made smaller: in steps of two until one is not good enough, then by
  /// halves. Each is made from the smallest that was.
  ///
  /// - Returns: that one.
  private func halve(
    from first: ShrinkRow, tried: (Double, ShrinkRow)?, _ make: (Double, ShrinkRow) throws -> ShrinkRow?
  ) throws -> ShrinkRow {
    var (low, high, good) = (0.0, Double?.none, first)
    func take(_ exponent: Double, _ row: ShrinkRow) {
      if row.isWithin { (low, good) = (exponent, row) } else { high = exponent }
    }
    if let tried { take(tried.0, tried.1) }
    while remaining > 0, (high ?? .infinity) - low > Self.tolerance {
      let next = high.map { (low + $0) / 2 } ?? low + (low == 0 ? 2 : 1)
      guard next < 12, let row = try make(next, good) else {
        // The network has no more to give.
        guard high == nil, next - low > Self.tolerance else { break }
        high = next
        continue
      }
      take(next, row)
    }
    return good
  }

  /// The same share of all groups, at the cost of the smallest network of units that was good enough, with as many steps of
  /// training: what the choice of units is held against.
  private func compareUniform(_ first: ShrinkRow, epochs: Int) throws {
    let units = rows.filter { $0.kind == "units" && $0.isWithin }.min { metric($0) < metric($1) }
    guard remaining > 0, let sensitivity, let units else { return }
    let small = try model(units)
    let share = cost(small.network) / cost(original.network)
    guard
      let allocation = UnitAllocation.uniform(
        sensitivity.groups, of: original.network, share: share, cost: cost)
    else { return }
    let own = max(1, units.steps / trainer.stepsPerEpoch)
    try attempt("uniform-as-\(units.name)", "uniform", parent: first, epochs: own) {
      try trainUnits(allocation, from: first, sensitivity, epochs: own)
    }
  }

  /// Trains those on that are better than the best and fell short by little, the nearest first.
  private func trainLonger(epochs: Int) throws {
    for round in 1...3 {
      let open = rows.filter { row in
        !row.isWithin && row.kind != "uniform" && row.drop < settings.maximumDrop + 0.01
          && best.map { metric(row) < 0.97 * metric($0) } ?? true
          && !rows.contains { $0.kind == "longer" && $0.parent == row.name }
      }.sorted { $0.drop < $1.drop }
      guard remaining > 0, !open.isEmpty else { return }
      for row in open.prefix(3) where remaining > 0 {
        try attempt("\(row.name)-longer", "longer", parent: row, epochs: 2 * epochs * round) {
          try trainer.train(model(row), nil, epochs: 2 * epochs * round)
        }
      }
    }
  }

  /// `2.5`.
  private static func text(_ exponent: Double) -> String { String(format: "%.4g", pow(2, exponent)) }
}

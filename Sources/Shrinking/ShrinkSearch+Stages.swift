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
  static let maximumEpochs = 12
  /// Of the held-out loss: what a group may cost that is called spare.
  private static let littleLoss = 0.05
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
    if remaining > 0 { try measureSensitivity() }
    let units = try searchUnits(from: first, epochs: epochs)
    try compareUniform(first, with: units)
    try searchWeights(from: units, epochs: epochs)
    try trainLonger(epochs: epochs)
    rows += rest
  }

  /// As many epochs as a part of the time allows for the network as it came.
  private func epochs(stepSeconds: Double) -> Int {
    let epoch = stepSeconds * Double(trainer.stepsPerEpoch)
    let share = settings.seconds / Self.candidates / max(epoch, 1e-6)
    return Int(min(max(share.rounded(), 1), Double(Self.maximumEpochs)))
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
      let bearable = group.points.last { $0.loss < group.points[0].loss + Self.littleLoss }
      tell(
        "\(group.layer): \(group.units) units, \(bearable?.left ?? group.units) needed for a loss of \(Self.littleLoss) more at most"
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
    // Both choices are tried, and the better one goes on.
    var choice = Choice.sensitivity
    let begin = firstExponent(sensitivity)
    let tried = try [Choice.sensitivity, .global].compactMap { choice -> (Choice, ShrinkRow)? in
      guard remaining > 0, let row = try tryUnits(choice, begin, from: first, sensitivity, epochs: epochs)
      else {
        return nil
      }
      return (choice, row)
    }
    if let better = tried.max(by: { $0.1.accuracy < $1.1.accuracy }) { choice = better.0 }
    let start = tried.first { $0.0 == choice }?.1
    return try halve(from: first, tried: start.map { (begin, $0) }, epochs: epochs) { exponent, parent in
      try tryUnits(choice, exponent, from: parent, sensitivity, epochs: epochs)
    }
  }

  /// A quarter of the cost, where each group alone can be pruned so far and loses little; else half.
  private func firstExponent(_ sensitivity: UnitSensitivity) -> Double {
    let spared = UnitAllocation.bearing(Self.littleLoss, sensitivity)
    return cost(spared.network(of: original.network)) <= cost(original.network) / 4 ? 2 : 1
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
    let whole = try model(parent)
    let count = Self.candidates(of: whole.network)
    _ = try halve(from: parent, tried: nil, epochs: epochs) { exponent, from in
      let stored = try model(from)
      // Of those that the network at hand still has.
      let now = max(Self.candidates(of: stored.network), 1)
      let sparsity = max(0, 1 - pow(2, -exponent) * Double(count) / Double(now))
      let policy = PruningPolicy(unit: .weight, schedule: .constant(sparsity), scope: GlobalScope())
      let name = "\(parent.name)-weights-\(Self.text(exponent))"
      if settings.target != .size, try !trainer.isSparse(stored, policy) {
        tell("\(name): no layer takes a sparse form on this device, nothing would be faster")
        return nil
      }
      return try attempt(name, "weights", parent: from, epochs: epochs) {
        try trainer.train(stored, policy, epochs: epochs)
      }
    }
  }

  /// Weights that may go.
  private static func candidates(of network: Network) -> Int {
    network.weights.dropLast().reduce(0) { $0 + network[$1].count }
  }

  // MARK: - Both

  /// Looks for the power of two by which a network can be made smaller: in steps of two until one is not good enough, then by
  /// halves. Each is made from the smallest that was. What falls short by little is trained for longer before it counts as not
  /// good enough.
  ///
  /// - Parameter make: makes the network; nil where that is not worth a try.
  /// - Returns: the smallest that was good enough.
  private func halve(
    from first: ShrinkRow, tried: (Double, ShrinkRow)?, epochs: Int,
    _ make: (Double, ShrinkRow) throws -> ShrinkRow?
  ) throws -> ShrinkRow {
    var (low, high, good) = (0.0, Double?.none, first)
    func take(_ exponent: Double, _ row: ShrinkRow) throws {
      let final = try settled(row, epochs: epochs)
      if final.isWithin { (low, good) = (exponent, final) } else { high = exponent }
    }
    if let tried { try take(tried.0, tried.1) }
    while remaining > 0, (high ?? .infinity) - low > Self.tolerance {
      let next = high.map { (low + $0) / 2 } ?? low + (low == 0 ? 2 : 1)
      guard next < 12, let row = try make(next, good) else {
        // The network has no more to give.
        guard high == nil, next - low > Self.tolerance else { break }
        high = next
        continue
      }
      try take(next, row)
    }
    return good
  }

  /// The same share of all groups, at the cost of a network of units that was good enough, with as many steps of training: what
  /// the choice of units is held against. It is that of the smallest network on the way to `units` for which a third of the time
  /// that is left will do.
  private func compareUniform(_ first: ShrinkRow, with units: ShrinkRow) throws {
    let line = lineage(of: units)
    let affordable = line.indices.first { place in
      line[place].kind == "units" && line[place...].reduce(0) { $0 + $1.seconds } <= remaining / 3
    }
    guard let affordable, let sensitivity else { return }
    let rival = line[affordable]
    let share = cost(try model(rival).network) / cost(original.network)
    guard
      let allocation = UnitAllocation.uniform(
        sensitivity.groups, of: original.network, share: share, cost: cost)
    else { return }
    let own = max(1, rival.steps / trainer.stepsPerEpoch)
    try attempt("uniform-as-\(rival.name)", "uniform", parent: first, epochs: own) {
      try trainUnits(allocation, from: first, sensitivity, epochs: own)
    }
  }

  /// A network and those that it was made from, one after the other.
  private func lineage(of row: ShrinkRow) -> [ShrinkRow] {
    var line = [row]
    while let parent = rows.first(where: { $0.name == line[line.count - 1].parent }) { line.append(parent) }
    return line
  }

  /// `2.5`.
  private static func text(_ exponent: Double) -> String { String(format: "%.4g", pow(2, exponent)) }
}

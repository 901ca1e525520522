/// The findings of a study in a few numbers, computed from its finished runs.
package struct Headlines: Sendable {
  /// A number and what it says.
  package struct Item: Sendable, Equatable {
    package let value: String
    package let text: String
  }

  /// How far below the control an accuracy may lie to count as kept: half a percentage point.
  package static let tolerance = 0.005

  package let items: [Item]
  /// The answer to the study's question in one sentence; nil where there is no control to compare with.
  package let answer: String?

  package init(_ results: StudyResults) {
    var items: [Item] = []
    var answers: [String] = []
    if let control = Self.control(results) {
      items.append(Item(value: Format.accuracy(control), text: "test accuracy of the unpruned control"))
    }
    for strategy in results.strategies {
      let groups = results.groups(of: strategy).filter { $0.sparsity > 0 && !$0.finished.isEmpty }
      guard !groups.isEmpty else { continue }
      guard let control = results.control(of: strategy)?.spread(\.testAccuracy) else {
        if let best = Self.best(groups) {
          items.append(
            Item(
              value: Format.accuracy(best.accuracy),
              text: "best test accuracy of \(strategy) pruning, at \(Format.sparsity(best.sparsity)) sparsity"
            ))
        }
        continue
      }
      if let kept = Self.highestKept(groups, control: control.mean) {
        let sparsity = Format.sparsity(kept.sparsity)
        items.append(
          Item(
            value: sparsity,
            text: "highest sparsity of \(strategy) pruning within 0.5 points of its control"
              + Self.details(kept)))
        answers.append("\(strategy) pruning up to \(sparsity) sparsity")
      } else {
        items.append(
          Item(
            value: "none", text: "no sparsity of \(strategy) pruning stays within 0.5 points of its control"))
        answers.append("\(strategy) pruning at no sparsity tried")
      }
    }
    items += Self.cost(results)
    self.items = items
    answer =
      answers.isEmpty
      ? nil
      : "Test accuracy stays within 0.5 points of the unpruned network with "
        + answers.joined(separator: ", and with ") + "."
  }

  /// The unpruned accuracy; a seed counts once, though each strategy may have trained it.
  private static func control(_ results: StudyResults) -> Spread? {
    let controls = results.runs.filter { $0.isFinished && $0.key.sparsity == 0 }
    return Spread(
      Dictionary(grouping: controls, by: \.key.seed).values.map { Spread($0.map(\.testAccuracy))?.mean })
  }

  private static func highestKept(_ groups: [RunGroup], control: Double) -> RunGroup? {
    groups.last { group in
      // A hair wider than the tolerance, for sums that are not exact in binary.
      (group.spread(\.testAccuracy)?.mean ?? 0) >= control - tolerance - 1e-12
    }
  }

  private static func best(_ groups: [RunGroup]) -> (accuracy: Spread, sparsity: Double)? {
    groups.compactMap { group in group.spread(\.testAccuracy).map { ($0, group.sparsity) } }
      .max { $0.0.mean < $1.0.mean }
  }

  private static func details(_ group: RunGroup) -> String {
    var parts = ["\(Format.accuracy(group.spread(\.testAccuracy))) accuracy"]
    if let ratio = group.spread(\.compressionRatio) {
      parts.append("\(Format.ratio(ratio.mean)) fewer parameters")
    }
    if let ratio = group.spread(\.trainSpeedup) {
      parts.append("\(Format.ratio(ratio.mean)) the training speed")
    }
    if let ratio = group.spread(\.inferenceSpeedup) {
      parts.append("\(Format.ratio(ratio.mean)) the inference speed")
    }
    return ": " + parts.joined(separator: ", ")
  }

  /// Each strategy's training time, and how weight pruning's compares with neuron pruning's.
  private static func cost(_ results: StudyResults) -> [Item] {
    let totals = results.strategies.compactMap { strategy -> (String, Double)? in
      let seconds = results.runs.filter { $0.key.strategy == strategy && $0.isFinished }.compactMap(\.seconds)
      return seconds.isEmpty ? nil : (strategy, seconds.reduce(0, +))
    }
    guard !totals.isEmpty else { return [] }
    var items = [
      Item(
        value: totals.map { Format.duration($0.1) }.joined(separator: " / "),
        text: "total training time, " + totals.map { "\($0.0) pruning" }.joined(separator: " / "))
    ]
    let compared = "of weight pruning against neuron pruning, over the pruned runs that both finished"
    // Networks that are trained side by side wait for each other, so their totals hide what each costs.
    if let ratio = results.costRatio("weight", to: "neuron", by: \.trainStepSeconds) {
      items.append(
        Item(
          value: Format.ratio(ratio),
          text: "time of a training step \(compared), each measured alone (the original study said twice)"))
    } else if let ratio = results.costRatio("weight", to: "neuron", by: \.seconds) {
      items.append(
        Item(
          value: Format.ratio(ratio), text: "training time \(compared) (the original study said twice)"))
    }
    return items
  }
}

extension StudyResults {
  /// The unpruned replicates that `strategy` is compared with, where one finished.
  func control(of strategy: String) -> RunGroup? {
    groups(of: strategy).first { $0.sparsity == 0 && !$0.finished.isEmpty }
  }

  /// The time of `strategy` over that of `other`, summed over the pruned runs that both finished.
  func costRatio(_ strategy: String, to other: String, by time: (StudyRun) -> Double?) -> Double? {
    func seconds(_ name: String) -> [RunKey: Double] {
      let runs = runs.filter { $0.key.strategy == name && $0.isFinished && $0.key.sparsity > 0 }
      return Dictionary(
        runs.compactMap { run in
          time(run).map { (RunKey(strategy: "", sparsity: run.key.sparsity, seed: run.key.seed), $0) }
        }, uniquingKeysWith: { first, _ in first })
    }
    let (own, others) = (seconds(strategy), seconds(other))
    let shared = Set(own.keys).intersection(others.keys)
    let total = shared.compactMap { others[$0] }.reduce(0, +)
    guard total > 0 else { return nil }
    return shared.compactMap { own[$0] }.reduce(0, +) / total
  }
}

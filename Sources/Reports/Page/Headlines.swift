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
  /// What the study found, in one sentence; nil where there is no control to compare with.
  package let conclusion: String?

  package init(_ results: StudyResults) {
    var items: [Item] = []
    var findings: [String] = []
    if let control = Self.control(results) {
      items.append(Item(value: Format.accuracy(control), text: "test accuracy of the unpruned control"))
    }
    let guessing = results.strategies.filter { strategy in
      results.control(of: strategy)?.spread(\.testAccuracy).map { results.isGuess($0.mean) } ?? false
    }
    for strategy in results.strategies where !guessing.contains(strategy) {
      let groups = results.groups(of: strategy).filter { $0.sparsity > 0 && !$0.finished.isEmpty }
      guard !groups.isEmpty else { continue }
      guard let control = results.control(of: strategy)?.spread(\.testAccuracy) else {
        if let best = Self.best(groups) {
          items.append(
            Item(
              value: Format.accuracy(best.accuracy),
              text:
                "best test accuracy of \(Format.strategy(strategy)) pruning, at \(Format.sparsity(best.sparsity)) sparsity"
            ))
        }
        continue
      }
      switch Self.kept(results, strategy, control: control.mean) {
      case .upTo(let group):
        let sparsity = Format.sparsity(group.sparsity)
        items.append(
          Item(
            value: sparsity,
            text:
              "sparsity up to which \(Format.strategy(strategy)) pruning stays within 0.5 points of its control"
              + Self.details(group)))
        findings.append("\(Format.strategy(strategy)) pruning up to \(sparsity) sparsity")
      case .none(let lowest):
        let sparsity = Format.sparsity(lowest)
        items.append(
          Item(
            value: "none",
            text:
              "\(Format.strategy(strategy)) pruning is more than 0.5 points below its control at \(sparsity) already"
          ))
        findings.append("\(Format.strategy(strategy)) pruning at not even \(sparsity) sparsity")
      case .unknown: break
      }
    }
    items += Self.cost(results)
    self.items = items
    if !findings.isEmpty {
      conclusion =
        "Test accuracy stays within 0.5 points of the unpruned network with "
        + findings.joined(separator: ", and with ") + "."
    } else if guessing.isEmpty {
      conclusion = nil
    } else {
      conclusion =
        "The unpruned network is no better than guessing, so nothing follows about how much can be pruned."
    }
  }

  /// The unpruned accuracy; a seed counts once, though each strategy may have trained it.
  private static func control(_ results: StudyResults) -> Spread? {
    let controls = results.runs.filter { $0.isFinished && $0.key.sparsity == 0 }
    return Spread(
      Dictionary(grouping: controls, by: \.key.seed).values.map { Spread($0.map(\.testAccuracy))?.mean })
  }

  /// How far a strategy keeps the control's accuracy.
  private enum Kept {
    /// At every sparsity tried, up to this one.
    case upTo(RunGroup)
    /// Not even at the lowest.
    case none(lowest: Double)
    /// The lowest has no result.
    case unknown
  }

  /// Sparsities count as long as none below them falls out: neither by its accuracy nor for want of a result.
  private static func kept(_ results: StudyResults, _ strategy: String, control: Double) -> Kept {
    let means = Dictionary(
      results.groups(of: strategy).map { ($0.sparsity, $0) }, uniquingKeysWith: { first, _ in first })
    let planned = results.planned.filter { $0.strategy == strategy }.map(\.sparsity)
    var kept: RunGroup?
    for sparsity in Set(planned).union(means.keys).sorted() where sparsity > 0 {
      guard let group = means[sparsity], let mean = group.spread(\.testAccuracy)?.mean else { break }
      // A hair wider than the tolerance, for sums that are not exact in binary.
      guard mean >= control - tolerance - 1e-12 else { return kept.map(Kept.upTo) ?? .none(lowest: sparsity) }
      kept = group
    }
    return kept.map(Kept.upTo) ?? .unknown
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
    // Without the control, which ran under one strategy's name for all.
    let pruned = results.runs.filter { $0.key.sparsity > 0 }
    let totals = results.strategies.compactMap { strategy -> (String, Double)? in
      let seconds = (pruned.isEmpty ? results.runs : pruned).filter {
        $0.key.strategy == strategy && $0.isFinished
      }.compactMap(\.seconds)
      return seconds.isEmpty ? nil : (strategy, seconds.reduce(0, +))
    }
    var items: [Item] = []
    let dense = results.denseTrainings.compactMap(\.seconds).reduce(0, +)
    if dense > 0 {
      items.append(
        Item(
          value: Format.duration(dense), text: "training time of the dense networks that all runs start from")
      )
    }
    if !totals.isEmpty {
      items.append(
        Item(
          value: totals.map { Format.duration($0.1) }.joined(separator: " / "),
          text: "total training time\(pruned.isEmpty ? "" : " of the pruned runs"), "
            + totals.map { "\(Format.strategy($0.0)) pruning" }.joined(separator: " / ")))
    }
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

import Text

/// The runs that a study's config asks for.
package struct PlannedRuns: Sendable {
  package let strategies: [String]
  private let sparsities: [Double]
  private let seeds: [UInt64]
  /// Each run once, the control of a seed under the first strategy's name.
  package let keys: [RunKey]
  private let set: Set<RunKey>

  package init(_ config: JSONValue?) {
    strategies = (config?["pruning.strategies"]?.array ?? []).compactMap(\.string)
    sparsities = (config?["pruning.sparsities"]?.array ?? []).compactMap(\.number)
    seeds = (config?["training.seeds"]?.array ?? []).compactMap(\.seed)
    let controls = (config?["pruning.controls"]?.array ?? []).map(\.string)
    let keys = strategies.flatMap { [strategies, sparsities, seeds] strategy in
      ([nil] + controls).flatMap { control in
        sparsities.filter { $0 > 0 || control == nil && strategy == strategies.first }.flatMap { sparsity in
          seeds.map { RunKey(strategy: strategy, sparsity: sparsity, seed: $0, control: control) }
        }
      }
    }
    self.keys = keys
    set = Set(keys)
  }

  /// Whether a run is of this config, which it is where the config does not say; a control may have any of its strategies'
  /// names, as in studies that trained one for each.
  package func contains(_ key: RunKey) -> Bool {
    keys.isEmpty || set.contains(key)
      || strategies.contains(key.strategy) && sparsities.contains(key.sparsity) && seeds.contains(key.seed)
  }

  /// Whether runs with this seed are of this config, which they are where the config does not say.
  func contains(seed: UInt64) -> Bool { keys.isEmpty || seeds.contains(seed) }
}

extension StudyResults {
  /// Every run that the config asks for.
  package var planned: [RunKey] { plan.keys }

  /// The runs that the config asks for and that have not finished, a control run by any strategy counted once.
  package var missing: [RunKey] {
    let finished = Set(runs.filter { $0.isFinished || $0.stoppedReason != nil }.map(\.key))
    let controlled = Set(finished.filter { $0.sparsity == 0 }.map(\.seed))
    return planned.filter { key in
      !finished.contains(key) && (key.sparsity > 0 || !controlled.contains(key.seed))
    }
  }

  /// A strategy as a table's row shows it: "none" for a control that all strategies share.
  package func strategyText(_ strategy: String, sparsity: Double) -> String {
    guard sparsity == 0, Set(plan.strategies + strategies).count > 1 else { return strategy }
    return unpruned.isSubset(of: [strategy]) ? "none" : strategy
  }
}

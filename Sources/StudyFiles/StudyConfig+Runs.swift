import Configs

extension StudyConfig {
  /// The runs, in the order in which they are trained: the strategies of one sparsity and seed side by side.
  ///
  /// The unpruned control of a seed is one run, under the first strategy's name: with nothing to prune, the others' would
  /// be the same bit for bit. The controls of a pruned run come after it.
  package var runs: [RunName] {
    pruning.sparsities.flatMap { sparsity in
      training.seeds.flatMap { seed in
        guard sparsity > 0 else {
          return pruning.strategies.prefix(1).map { RunName(strategy: $0, sparsity: 0, seed: seed) }
        }
        return pruning.strategies.flatMap { strategy in
          ([nil] + pruning.controls).map {
            RunName(strategy: strategy, sparsity: sparsity, seed: seed, control: $0)
          }
        }
      }
    }
  }
}

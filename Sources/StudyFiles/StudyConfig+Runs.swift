import Configs

extension StudyConfig {
  /// The runs, in the order in which they are trained: the strategies of one sparsity and seed side by side.
  ///
  /// The unpruned control of a seed is one run, under the first strategy's name: with nothing to prune, the others' would
  /// be the same bit for bit.
  package var runs: [RunName] {
    pruning.sparsities.flatMap { sparsity in
      training.seeds.flatMap { seed in
        (sparsity == 0 ? Array(pruning.strategies.prefix(1)) : pruning.strategies).map {
          RunName(strategy: $0, sparsity: sparsity, seed: seed)
        }
      }
    }
  }
}

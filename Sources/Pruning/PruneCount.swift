import GraphExec

/// How many candidates a sparsity removes, exactly.
public enum PruneCount {
  /// `round(sparsity * candidates)`, to the nearest, ties to even.
  ///
  /// - Parameters:
  ///   - sparsity: fraction to remove, 0...1.
  ///   - candidates: entries for weight pruning, units for neuron pruning.
  public static func count(sparsity: Double, of candidates: Int) -> Int {
    Int((sparsity * Double(candidates)).rounded(.toNearestOrEven))
  }
}

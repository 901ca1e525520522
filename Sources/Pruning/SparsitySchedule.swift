/// When sparsity changes, in optimizer steps counted from 0.
public enum SparsitySchedule: Sendable, Equatable {
  /// The challenge's protocol: rank and prune before every step.
  ///
  /// A pruned entry stays zero and ranks first from then on, so every ranking after the first one chooses the same
  /// entries: it is done once, before step 0. A test holds that against ranking at every step.
  case constant(Double)
  /// Cubic growth from `initial` to `target` between two steps (Zhu & Gupta 2017), ranked anew every `frequency` steps.
  case polynomial(initial: Double, target: Double, begin: Int, end: Int, frequency: Int)
  /// Pruned before step 0; then entries are replaced, and there are always as many.
  case dynamic(Double, TopologySchedule)
  /// Nothing is pruned while training.
  case none

  /// The sparsity that is due before this step; nil where the masks stay as they are.
  public func sparsity(beforeStep step: Int) -> Double? {
    switch self {
    case .none: return nil
    case .constant(let target), .dynamic(let target, _): return step == 0 && target > 0 ? target : nil
    case .polynomial(let initial, let target, let begin, let end, let frequency):
      guard step >= begin, step <= end, (step - begin) % frequency == 0 || step == end else { return nil }
      // No time passes in a schedule of one step, and its end is what is asked for.
      guard step < end else { return target > 0 ? target : nil }
      let rest = 1 - Double(step - begin) / Double(end - begin)
      let sparsity = target + (initial - target) * rest * rest * rest
      return sparsity > 0 ? sparsity : nil
    }
  }

  /// The sparsity that is reached in the end.
  public var target: Double {
    switch self {
    case .none: 0
    case .constant(let target), .dynamic(let target, _), .polynomial(_, let target, _, _, _): target
    }
  }

  /// The first step from which the masks no longer change.
  public var settledStep: Int {
    switch self {
    case .none, .constant: 0
    case .polynomial(_, _, _, let end, _): end + 1
    case .dynamic(_, let topology): topology.settledStep
    }
  }

  /// How entries are replaced; nil where none is.
  public var topology: TopologySchedule? {
    if case .dynamic(_, let topology) = self { topology } else { nil }
  }
}

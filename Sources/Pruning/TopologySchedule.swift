import Foundation
import GraphExec

/// When the entries of sparse weights are replaced while training, and how many (dynamic sparse training).
public struct TopologySchedule: Sendable, Equatable {
  /// How the share of the entries that are replaced goes down.
  public enum Decay: String, Sendable, CaseIterable {
    /// It does not.
    case constant
    /// As half of a cosine, to 0 at the end.
    case cosine
  }

  /// Where entries come.
  public var growth: Regrowth
  /// Steps from one change to the next: the first comes after as many.
  public var interval: Int
  /// The share of a weight's entries that are replaced at a time, alpha; it decays from there.
  public var fraction: Double
  /// How it decays.
  public var decay: Decay
  /// The step from which on nothing changes.
  public var end: Int

  /// Creates a schedule.
  public init(growth: Regrowth, interval: Int, fraction: Double, decay: Decay, end: Int) {
    precondition(interval > 0, "a schedule takes steps")
    (self.growth, self.interval, self.fraction) = (growth, interval, fraction)
    (self.decay, self.end) = (decay, end)
  }

  /// The share of its entries that each weight replaces before this step, nil where none does:
  /// `alpha / 2 (1 + cos(pi t / t_end))` for a cosine (Evci et al. 2020, RigL, section 3).
  public func fraction(beforeStep step: Int) -> Double? {
    guard step > 0, step < end, step % interval == 0 else { return nil }
    switch decay {
    case .constant: return fraction
    case .cosine: return fraction / 2 * (1 + cos(.pi * Double(step) / Double(end)))
    }
  }

  /// The first step from which on nothing changes.
  var settledStep: Int {
    let last = (end - 1) / interval * interval
    return last > 0 ? last + 1 : 0
  }
}

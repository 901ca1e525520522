import Foundation

/// Timing, and what is made of times.
package enum Measurement {
  /// Seconds that `body` takes.
  package static func seconds(_ body: () throws -> Void) rethrows -> Double {
    try ContinuousClock().measure(body).seconds
  }

  /// Seconds that `body` takes, and those that the process's threads have worked in them, in user and system mode: with a
  /// device that is the processor itself, the device's work too.
  package static func secondsAndWork(_ body: () throws -> Void) rethrows -> (seconds: Double, worked: Double)
  {
    let before = workedSeconds
    let seconds = try seconds(body)
    return (seconds, workedSeconds - before)
  }

  private static var workedSeconds: Double {
    var time = timespec()
    guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return .nan }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The middle value, or the mean of the two in the middle; NaN of none.
  package static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The most memory that this process has held, in bytes.
  package static var peakResidentBytes: Int {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    // Linux counts in KiB.
    return usage.ru_maxrss * 1024
  }
}

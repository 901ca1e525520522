import CProcessor
import Foundation

/// Where the threads of PoCL run.
///
/// In some processes a launch of a few milliseconds takes twice as long, for as long as they live (AMD EPYC, two cores, PoCL 3.1):
/// threads sleep between launches, and nothing keeps them from being woken on one core. No process in which each thread has a core
/// of its own was seen to do that. PoCL gives them one where `POCL_AFFINITY` says so.
package enum ThreadPinning {
  private static let variable = "POCL_AFFINITY"

  /// Runs `body`, in which drivers set themselves up, with PoCL told to pin its threads, where that takes no core from anyone.
  static func whilePinning<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard pins(ProcessInfo.processInfo.environment, cores: allowedCores, of: onlineCores) else {
      return try body()
    }
    setenv(variable, "1", 1)
    // What this process starts later chooses for itself.
    defer { unsetenv(variable) }
    return try body()
  }

  /// Whether threads are pinned, thread i to core i: not against what a person, or a scheduler like Slurm, has set.
  ///
  /// - Parameters:
  ///   - cores: those that this process may run on.
  ///   - count: cores that are online.
  package static func pins(_ environment: [String: String], cores: [Int], of count: Int) -> Bool {
    let others = ["POCL_MAX_PTHREAD_COUNT", "POCL_CPU_MAX_CU_COUNT"]
    return ([variable] + others).allSatisfy { environment[$0] == nil } && cores == Array(0..<count)
  }

  private static var onlineCores: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

  /// The cores that this process may run on; none where the system does not say.
  private static var allowedCores: [Int] {
    var numbers = [Int32](repeating: 0, count: 1024)
    let count = whittle_allowed_processors(&numbers, Int32(numbers.count))
    return numbers.prefix(Int(count)).map { Int($0) }
  }
}

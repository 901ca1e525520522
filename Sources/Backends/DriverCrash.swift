import Foundation

/// Says what to do about a crash that PoCL repeats for as long as its cache of compiled kernels is damaged.
package enum DriverCrash {
  /// The signals of a crash in a driver; Swift's own faults end in others.
  private static let signals = [SIGABRT, SIGBUS, SIGSEGV]
  /// Written and read through pointers, since a signal handler may do little else.
  nonisolated(unsafe) private static let before = UnsafeMutablePointer<sigaction>.allocate(capacity: 64)
  nonisolated(unsafe) private static var text = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  /// Adds a line to what a crash leaves. To be called when a device is open: PoCL's compiler takes the signals over when it
  /// is loaded.
  package static func explain() { installed }

  /// There is nothing to say without a cache.
  private static let installed: Void = {
    let folder = cache(ProcessInfo.processInfo.environment)
    guard access(folder, F_OK) == 0 else { return }
    let line = Array(
      ("whittle: crashed, most likely in the OpenCL driver; where PoCL's cache of compiled kernels is damaged it does so "
        + "each time: remove \(folder) and try again\n").utf8)
    text = .allocate(byteCount: line.count, alignment: 1)
    text.copyBytes(from: line)
    for number in signals {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        _ = write(STDERR_FILENO, DriverCrash.text.baseAddress, DriverCrash.text.count)
        // What would have happened without this happens now.
        sigaction(number, DriverCrash.before + Int(number), nil)
        raise(number)
      }
      sigaction(number, &action, before + Int(number))
    }
  }()

  /// Where PoCL keeps what it has compiled.
  private static func cache(_ environment: [String: String]) -> String {
    if let own = environment["POCL_CACHE_DIR"] { return own }
    return (environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache") + "/pocl/kcache"
  }
}

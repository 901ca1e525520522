import Foundation

/// How a host thread waits for a device without working: it asks, and sleeps before it asks again.
///
/// A driver's own wait may spin, as NVIDIA's does in `clFinish`, `clWaitForEvents` and reads that block: each model would
/// take a core. What is there soon is asked for without a pause, so that a single image's answer does not wait; from then on
/// a pause is a small part of the time waited so far, and so is what it can make the end late.
package enum HostWait {
  /// How long a thread asks without a pause.
  package static let eager = Duration.microseconds(200)
  /// The longest pause.
  package static let longest = Duration.milliseconds(1)

  /// The pause before the next question, when so much time has been waited.
  package static func pause(after waited: Duration) -> Duration {
    waited < eager ? .zero : min(waited / 16, longest)
  }

  /// Returns when `isDone` says so.
  ///
  /// - Parameters:
  ///   - isDone: asks the device.
  ///   - waited: the time since the wait began.
  ///   - sleep: lets the thread sleep for so long.
  package static func wait(
    until isDone: () throws -> Bool, waited: () -> Duration, sleep: (Duration) -> Void
  ) rethrows {
    while try !isDone() {
      let pause = pause(after: waited())
      if pause > .zero { sleep(pause) }
    }
  }

  /// The same by the machine's clock.
  static func wait(until isDone: () throws -> Bool) rethrows {
    let start = ContinuousClock.now
    try wait(
      until: isDone, waited: { ContinuousClock.now - start },
      sleep: { usleep(UInt32($0 / .microseconds(1))) })
  }
}

extension ComputeDevice {
  /// Whether a thread that waits for this device sleeps, and leaves the waiting to no driver.
  ///
  /// On a CPU device it waits in `clFinish`: there a thread of Intel's runtime works, and PoCL's sleeps.
  public var isWaitedForAsleep: Bool { kind != .cpu }
}

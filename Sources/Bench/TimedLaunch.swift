import Device
import GraphExec
import Timing

/// A launch that is timed over and over.
struct TimedLaunch {
  private let launch: BoundKernel
  private let queue: CommandQueue
  /// How many make a sample.
  private var repeats = 1
  private var samples: [Double] = []

  /// Compiles the launch, and finds how many of it make a sample.
  ///
  /// - Parameter sample: seconds that a sample should take.
  /// - Throws: `KernelBuildFailure`, `OpenCLError`.
  init(_ launch: BoundKernel, on queue: CommandQueue, sample: Double) throws {
    (self.launch, self.queue) = (launch, queue)
    _ = try Compilation.exclusively { try seconds() }
    repeats = max(1, Int(sample / max(try seconds(), 1e-6)))
  }

  private func seconds() throws -> Double {
    try Measurement.seconds {
      for _ in 0..<repeats { try queue.enqueue(launch) }
      try queue.finish()
    } / Double(repeats)
  }

  /// Takes one more sample.
  mutating func measure() throws { samples.append(try seconds()) }

  /// Seconds of a launch, the median of all samples.
  var median: Double { Measurement.median(samples) }
}

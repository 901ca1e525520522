import Device
import GraphExec

/// What a driver takes for next to nothing: the launch of a kernel that sets a few numbers, and the reading of them.
///
/// No result comes sooner than that.
package struct LaunchMeasurement {
  private let queue: CommandQueue
  private let state: DeviceBuffer
  private let kernel: BoundKernel

  /// Builds the kernel.
  ///
  /// - Throws: `KernelBuildFailure`, `OpenCLError`.
  package init(_ context: ComputeContext) throws {
    queue = try CommandQueue(context)
    state = try DeviceBuffer(context, name: "state", byteCount: StepState.byteCount)
    kernel = try BoundKernel(BatchLaunches.beginEpoch, buffers: [.state: state], in: context)
    try Compilation.exclusively { _ = try once() }
  }

  /// The median seconds of some launches.
  package func seconds() throws -> Double {
    Measurement.median(try (0..<100).map { _ in try Measurement.seconds { _ = try once() } })
  }

  private func once() throws -> [UInt32] {
    try queue.enqueue(kernel)
    return try queue.read(UInt32.self, from: state, count: StepState.wordCount)
  }
}

import Device
import Foundation
import GraphExec

/// Runs single kernels on guarded buffers, and waits for each.
final class KernelRunner {
  let context: ComputeContext
  private let queue: CommandQueue
  private let guarded: Bool

  init(_ context: ComputeContext) throws {
    self.context = context
    queue = try CommandQueue(context)
    // Oclgrind checks every access itself, reads too; canaries would hide from it where a buffer ends.
    guarded = !context.device.platformName.localizedCaseInsensitiveContains("oclgrind")
  }

  func buffer<T: BitwiseCopyable>(_ name: String, _ values: [T]) throws -> GuardedBuffer {
    try GuardedBuffer(queue, name: name, values, guarded: guarded)
  }

  /// Runs a launch, as the engine's plan has it, on the buffers that its arguments name.
  ///
  /// - Throws: `DamagedCanary`; errors of the device.
  func run(_ launch: Launch, on buffers: [BufferID: GuardedBuffer], imageCount: Int = 0) throws {
    // Some drivers compile at a kernel's first launch.
    try Compilation.exclusively {
      try queue.enqueue(
        BoundKernel(launch, buffers: buffers.mapValues(\.buffer), imageCount: imageCount, in: context))
      try queue.finish()
    }
    for case .buffer(let id) in launch.arguments { try buffers[id]?.checkCanaries() }
  }
}

/// Rows of `columns` values, put apart: zeros fill each row up to `stride`.
func spread<T: Numeric>(_ values: [T], columns: Int, stride: Int) -> [T] {
  guard stride != columns, columns > 0 else { return values }
  var result = [T](repeating: 0, count: values.count / columns * stride)
  for row in 0..<values.count / columns {
    result.replaceSubrange(
      row * stride..<row * stride + columns, with: values[row * columns..<(row + 1) * columns])
  }
  return result
}

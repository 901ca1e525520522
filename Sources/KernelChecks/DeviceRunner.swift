import Device
import Foundation
import GraphExec

/// Runs single kernels on guarded buffers, and waits for each.
final class DeviceRunner: KernelRunner {
  private let context: ComputeContext
  private let queue: CommandQueue
  private let guarded: Bool

  init(_ context: ComputeContext) throws {
    self.context = context
    queue = try CommandQueue(context)
    // Oclgrind checks every access itself, reads too; canaries would hide from it where a buffer ends.
    guarded = !context.device.platformName.localizedCaseInsensitiveContains("oclgrind")
  }

  var device: any DeviceTraits { context.device }

  func buffer<T: BitwiseCopyable>(_ name: String, _ values: [T]) throws -> any KernelBuffer {
    try GuardedBuffer(queue, name: name, values, guarded: guarded)
  }

  /// - Throws: `DamagedCanary`; errors of the device.
  func run(_ launch: Launch, on buffers: [BufferID: any KernelBuffer], imageCount: Int) throws {
    // Some drivers compile at a kernel's first launch.
    try Compilation.exclusively {
      try queue.enqueue(
        BoundKernel(
          launch, buffers: buffers.compactMapValues(\.buffer), imageCount: imageCount, in: context))
      try queue.finish()
    }
    for case .buffer(let id) in launch.arguments { try buffers[id]?.checkCanaries() }
  }
}

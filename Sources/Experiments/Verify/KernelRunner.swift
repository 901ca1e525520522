import Device
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

  /// Runs a launch on buffers that its arguments name.
  ///
  /// - Throws: `DamagedCanary`; errors of the device.
  func run(_ launch: KernelLaunch, on buffers: [String: GuardedBuffer]) throws {
    var used: [GuardedBuffer] = []
    let arguments: [KernelArgument] = launch.arguments.map { argument in
      switch argument {
      case .buffer(let name):
        guard let buffer = buffers[name] else { preconditionFailure("\(launch.kernel): no buffer \(name)") }
        used.append(buffer)
        return .buffer(buffer.buffer)
      case .int(let value): return .int(value)
      case .float(let value): return .float(value)
      case .imageCount: preconditionFailure("a verification runs on no data set")
      }
    }
    // Some drivers compile at a kernel's first launch.
    try Compilation.exclusively {
      try queue.enqueue(
        BoundKernel(
          context, file: launch.file, name: launch.kernel, options: launch.options, arguments: arguments,
          geometry: launch.geometry))
      try queue.finish()
    }
    for buffer in used { try buffer.checkCanaries() }
  }
}

/// A kernel with its arguments and geometry.
struct KernelLaunch {
  var file: String
  var kernel: String
  var options = ""
  var arguments: [Launch.Argument]
  var geometry: LaunchGeometry
}

extension KernelLaunch {
  /// A launch of the engine's own plan.
  init(_ launch: Launch) {
    self.init(
      file: launch.file, kernel: launch.kernel, options: launch.options, arguments: launch.arguments,
      geometry: launch.geometry)
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

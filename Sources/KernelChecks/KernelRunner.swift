import Device
import GraphExec

/// What a verification launches its kernels on.
protocol KernelRunner {
  /// The device that kernels are chosen for.
  var device: any DeviceTraits { get }

  /// Memory that holds `values`.
  func buffer<T: BitwiseCopyable>(_ name: String, _ values: [T]) throws -> any KernelBuffer

  /// Runs a launch, as the engine's plan has it, on the buffers that its arguments name.
  func run(_ launch: Launch, on buffers: [BufferID: any KernelBuffer], imageCount: Int) throws
}

extension KernelRunner {
  func run(_ launch: Launch, on buffers: [BufferID: any KernelBuffer]) throws {
    try run(launch, on: buffers, imageCount: 0)
  }
}

/// An operand of a kernel.
protocol KernelBuffer {
  /// What kernels see; nil where none runs.
  var buffer: DeviceBuffer? { get }

  /// Reads everything.
  func read<T: BitwiseCopyable>(_ type: T.Type) throws -> [T]

  /// - Throws: `DamagedCanary` where a kernel wrote outside the buffer.
  func checkCanaries() throws
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

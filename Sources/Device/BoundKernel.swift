import COpenCL

/// A launch's index space: global and local sizes in up to three dimensions.
public struct LaunchGeometry: Sendable, Hashable {
  /// Work-items along each dimension, multiples of the local sizes.
  package let global: [Int]
  /// Work-items of a work-group along each dimension.
  package let local: [Int]

  /// One to three.
  public var dimensions: Int { global.count }
  /// Work-groups of all dimensions together.
  package var groups: Int { zip(global, local).reduce(1) { $0 * ($1.0 / $1.1) } }

  /// Work-items along x, in work-groups of `local`; `global` is rounded up to a multiple of it.
  public init(_ global: Int, local: Int) {
    self.local = [local]
    self.global = [roundUp(global, to: local)]
  }

  /// Work-items along x and y; both are rounded up to multiples of the local sizes.
  public init(_ x: Int, _ y: Int, local: (Int, Int)) {
    self.local = [local.0, local.1]
    global = [roundUp(x, to: local.0), roundUp(y, to: local.1)]
  }

  /// The same with work-groups of one item along z.
  public init(_ x: Int, _ y: Int, _ z: Int, local: (Int, Int)) {
    self.local = [local.0, local.1, 1]
    global = [roundUp(x, to: local.0), roundUp(y, to: local.1), z]
  }
}

extension LaunchGeometry: CustomStringConvertible {
  /// `global/local`, as in `256x1000/16x16`.
  public var description: String {
    [global, local].map { $0.map(String.init).joined(separator: "x") }.joined(separator: "/")
  }
}

/// The smallest multiple of `step` that is not below `value` (and not below `step`).
public func roundUp(_ value: Int, to step: Int) -> Int {
  max((value + step - 1) / step, 1) * step
}

/// An argument of a kernel.
public enum KernelArgument {
  /// Memory on the device.
  case buffer(DeviceBuffer)
  /// A 32-bit integer.
  case int(Int)
  /// A 64-bit integer.
  case long(Int)
  /// A 32-bit float.
  case float(Float)
  /// Two 32-bit integers, an `int2`.
  case int2(Int, Int)
  /// Four 32-bit integers, an `int4`.
  case int4(Int, Int, Int, Int)
  /// Eight 32-bit floats, a `float8`.
  case float8(SIMD8<Float>)
}

/// A kernel whose arguments are bound once, ready to be enqueued any number of times.
///
/// Each model binds its own: `clSetKernelArg` is not thread-safe on a shared `cl_kernel`.
public final class BoundKernel: @unchecked Sendable {
  // @unchecked: arguments are set in `init`, and by the thread of the queue that alone uses the handle afterwards.
  let handle: cl_kernel
  /// The kernel function's name.
  public let name: String
  /// The index space of each launch.
  public let geometry: LaunchGeometry
  /// Its number at the `LaunchGate`; nil where launches need none.
  let family: Int?
  private let buffers: [DeviceBuffer]

  /// Builds (or reuses) the program of `file` with `options`, and binds `arguments` to the kernel `name`.
  ///
  /// - Parameters:
  ///   - context: where it is built.
  ///   - file: a file of kernels, by its name.
  ///   - prelude: a file whose text comes before that of `file`.
  ///   - name: one of its kernels.
  ///   - options: those of the compiler.
  ///   - arguments: in their order.
  ///   - geometry: how many work-items there are, and how many to a group.
  /// - Throws: `KernelBuildFailure` with the compiler's log, or `OpenCLError`.
  public init(
    _ context: ComputeContext, file: String, prelude: String? = nil, name: String, options: String,
    arguments: [KernelArgument], geometry: LaunchGeometry
  ) throws {
    let program = try context.programs.program(file, prelude: prelude, options: options, in: context)
    var code: Int32 = 0
    guard let handle = clCreateKernel(program.handle, name, &code), code == CL_SUCCESS else {
      throw OpenCLError(call: "clCreateKernel(\(file): \(name))", code: code)
    }
    self.handle = handle
    self.name = name
    self.geometry = geometry
    family =
      context.device.miscountsLaunches
      ? LaunchGate.number(of: .init(program: program.hash, kernel: name, geometry)) : nil
    var buffers: [DeviceBuffer] = []
    for (index, argument) in arguments.enumerated() {
      let code: Int32
      switch argument {
      case .buffer(let buffer):
        var memory: cl_mem? = buffer.handle
        code = clSetKernelArg(handle, cl_uint(index), MemoryLayout<cl_mem?>.size, &memory)
        buffers.append(buffer)
      case .int(let value):
        var value = cl_int(value)
        code = clSetKernelArg(handle, cl_uint(index), MemoryLayout<cl_int>.size, &value)
      case .long(let value):
        var value = cl_long(value)
        code = clSetKernelArg(handle, cl_uint(index), MemoryLayout<cl_long>.size, &value)
      case .float(var value):
        code = clSetKernelArg(handle, cl_uint(index), MemoryLayout<Float>.size, &value)
      case .int2(let x, let y):
        var value = SIMD2(cl_int(x), cl_int(y))
        code = clSetKernelArg(handle, cl_uint(index), MemoryLayout<SIMD2<cl_int>>.size, &value)
      case .int4(let x, let y, let z, let w):
        var value = SIMD4(cl_int(x), cl_int(y), cl_int(z), cl_int(w))
        code = clSetKernelArg(handle, cl_uint(index), MemoryLayout<SIMD4<cl_int>>.size, &value)
      case .float8(var value):
        code = clSetKernelArg(handle, cl_uint(index), MemoryLayout<SIMD8<Float>>.size, &value)
      }
      if code != CL_SUCCESS {
        clReleaseKernel(handle)
        throw OpenCLError(call: "clSetKernelArg(\(name), \(index))", code: code)
      }
    }
    self.buffers = buffers
  }

  /// Changes a float among the arguments, for launches from now on.
  ///
  /// - Throws: `OpenCLError`.
  public func set(_ value: Float, at index: Int) throws {
    var value = value
    let code = clSetKernelArg(handle, cl_uint(index), MemoryLayout<Float>.size, &value)
    guard code == CL_SUCCESS else { throw OpenCLError(call: "clSetKernelArg(\(name), \(index))", code: code) }
  }

  /// Changes a 32-bit integer among the arguments, likewise.
  ///
  /// - Throws: `OpenCLError`.
  public func set(_ value: Int, at index: Int) throws {
    var value = cl_int(value)
    let code = clSetKernelArg(handle, cl_uint(index), MemoryLayout<cl_int>.size, &value)
    guard code == CL_SUCCESS else { throw OpenCLError(call: "clSetKernelArg(\(name), \(index))", code: code) }
  }

  deinit { clReleaseKernel(handle) }
}

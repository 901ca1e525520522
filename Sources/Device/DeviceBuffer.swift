import COpenCL

/// Memory on the device: `count` elements of `Element`, counted in the context's ledger while it lives.
public final class DeviceBuffer: @unchecked Sendable {
  // @unchecked: the handle is immutable; what is inside is ordered by the command queue that uses it.
  let handle: cl_mem
  /// What the buffer is for, as error messages and plans name it.
  public let name: String
  /// Its size in bytes.
  public let byteCount: Int
  private let context: ComputeContext

  /// Reserves `byteCount` bytes (at least 4: OpenCL knows no empty buffer). The content is undefined.
  ///
  /// - Throws: `OutOfDeviceMemory` when it cannot fit, `OpenCLError` when the driver refuses.
  public init(_ context: ComputeContext, name: String, byteCount: Int) throws {
    let bytes = max(byteCount, 4)
    try context.memory.reserve(bytes, for: name)
    var code: Int32 = 0
    guard
      let handle = clCreateBuffer(context.handle, whittle_mem_read_write, bytes, nil, &code),
      code == CL_SUCCESS
    else {
      context.memory.release(bytes)
      throw OpenCLError(call: "clCreateBuffer(\(name), \(bytes) bytes)", code: code)
    }
    self.handle = handle
    self.name = name
    self.byteCount = bytes
    self.context = context
  }

  deinit {
    clReleaseMemObject(handle)
    context.memory.release(byteCount)
  }
}

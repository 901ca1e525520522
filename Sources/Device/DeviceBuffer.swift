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
  /// The buffer that this one is a part of.
  private let whole: DeviceBuffer?

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
    whole = nil
  }

  /// A part of `whole`, from the byte `offset` on; kernels cannot tell it from a buffer of its own.
  ///
  /// - Throws: `OpenCLError` when the driver refuses; devices want `offset` aligned, and 4096 suits those known.
  package init(of whole: DeviceBuffer, name: String, offset: Int, byteCount: Int) throws {
    precondition(offset + byteCount <= whole.byteCount, "a part past the end of \(whole.name)")
    var region = cl_buffer_region(origin: offset, size: byteCount)
    var code: Int32 = 0
    guard
      let handle = clCreateSubBuffer(
        whole.handle, whittle_mem_read_write, cl_buffer_create_type(CL_BUFFER_CREATE_TYPE_REGION), &region,
        &code),
      code == CL_SUCCESS
    else { throw OpenCLError(call: "clCreateSubBuffer(\(name))", code: code) }
    self.handle = handle
    self.name = name
    self.byteCount = byteCount
    context = whole.context
    self.whole = whole
  }

  deinit {
    clReleaseMemObject(handle)
    if whole == nil { context.memory.release(byteCount) }
  }
}

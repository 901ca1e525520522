import COpenCL

/// An in-order command queue: what is enqueued runs in that order, and nothing waits until `finish` or a read.
///
/// One queue belongs to one model and is used by one thread at a time.
public final class CommandQueue: @unchecked Sendable {
  // @unchecked: enqueueing is thread-safe by the standard; the owner keeps to one thread for order.
  let handle: cl_command_queue
  /// The context that the queue belongs to.
  public let context: ComputeContext

  /// Creates a queue on the context's device.
  ///
  /// - Throws: `OpenCLError` when the driver refuses.
  public init(_ context: ComputeContext) throws {
    var code: Int32 = 0
    guard let handle = clCreateCommandQueue(context.handle, context.device.id, 0, &code), code == CL_SUCCESS
    else { throw OpenCLError(call: "clCreateCommandQueue", code: code) }
    self.handle = handle
    self.context = context
    if context.device.miscountsLaunches { LaunchGate.open(handle) }
  }

  deinit {
    if context.device.miscountsLaunches { LaunchGate.close(handle) }
    clReleaseCommandQueue(handle)
  }

  /// Enqueues a kernel with its bound arguments.
  public func enqueue(_ kernel: BoundKernel) throws {
    guard let family = kernel.family else { return try launch(kernel) }
    try LaunchGate.pass(family, kernel.geometry, on: handle) { try launch(kernel) }
  }

  private func launch(_ kernel: BoundKernel) throws {
    let launch = kernel.geometry
    let code = launch.global.withUnsafeBufferPointer { global in
      launch.local.withUnsafeBufferPointer { local in
        clEnqueueNDRangeKernel(
          handle, kernel.handle, cl_uint(launch.dimensions), nil, global.baseAddress, local.baseAddress, 0,
          nil,
          nil)
      }
    }
    try check(code, "clEnqueueNDRangeKernel(\(kernel.name))")
  }

  /// Copies host values into `buffer`, `offset` elements from its start, and waits until the host's copy is free.
  public func write<Element: BitwiseCopyable>(
    _ values: [Element], to buffer: DeviceBuffer, offset: Int = 0
  ) throws {
    let size = values.count * MemoryLayout<Element>.stride
    let start = offset * MemoryLayout<Element>.stride
    precondition(start + size <= buffer.byteCount, "write past the end of \(buffer.name)")
    guard size > 0 else { return }
    try values.withUnsafeBytes {
      try check(
        clEnqueueWriteBuffer(handle, buffer.handle, whittle_false, start, size, $0.baseAddress, 0, nil, nil),
        "clEnqueueWriteBuffer(\(buffer.name))")
      try finish()
    }
  }

  /// Reads `count` elements from `buffer`, `offset` elements from its start; waits for all that was enqueued before.
  public func read<Element: BitwiseCopyable>(
    _ type: Element.Type, from buffer: DeviceBuffer, offset: Int = 0, count: Int
  ) throws -> [Element] {
    let stride = MemoryLayout<Element>.stride
    precondition((offset + count) * stride <= buffer.byteCount, "read past the end of \(buffer.name)")
    guard count > 0 else { return [] }
    return try [Element](unsafeUninitializedCapacity: count) { target, initialized in
      let code = clEnqueueReadBuffer(
        handle, buffer.handle, whittle_false, offset * stride, count * stride, target.baseAddress, 0, nil,
        nil)
      try check(code, "clEnqueueReadBuffer(\(buffer.name))")
      try finish()
      initialized = count
    }
  }

  /// Sets every byte of `buffer` to `byte`.
  public func fill(_ buffer: DeviceBuffer, with byte: UInt8 = 0) throws {
    var byte = byte
    try check(
      clEnqueueFillBuffer(handle, buffer.handle, &byte, 1, 0, buffer.byteCount, 0, nil, nil),
      "clEnqueueFillBuffer(\(buffer.name))")
  }

  /// Copies all of `source` to the start of `target`.
  public func copy(_ source: DeviceBuffer, to target: DeviceBuffer) throws {
    precondition(source.byteCount <= target.byteCount, "copy past the end of \(target.name)")
    try check(
      clEnqueueCopyBuffer(handle, source.handle, target.handle, 0, 0, source.byteCount, 0, nil, nil),
      "clEnqueueCopyBuffer(\(source.name) to \(target.name))")
  }

  /// Marks this point of the queue, so that progress can be asked for without waiting, and hands the device all up to it.
  public func mark() throws -> QueueMarker {
    var event: cl_event?
    try check(clEnqueueMarkerWithWaitList(handle, 0, nil, &event), "clEnqueueMarkerWithWaitList")
    guard let event else { throw OpenCLError(call: "clEnqueueMarkerWithWaitList", code: CL_INVALID_EVENT) }
    let marker = QueueMarker(event, isWaitedForAsleep: context.device.isWaitedForAsleep)
    try check(clFlush(handle), "clFlush")
    return marker
  }

  /// Waits until all that was enqueued has run.
  ///
  /// What is read or written waits here, too, and does not block by itself: in Intel's runtime a thread that waits in a read,
  /// or for its event, does no work, so that a machine of two cores runs what came before on one of them.
  public func finish() throws {
    if context.device.isWaitedForAsleep { try mark().sleepUntilReached() }
    try check(clFinish(handle), "clFinish")
  }
}

/// A point in a queue.
public final class QueueMarker: @unchecked Sendable {
  // @unchecked: an event handle is immutable and thread-safe by the standard.
  private let handle: cl_event
  private let isWaitedForAsleep: Bool

  init(_ handle: cl_event, isWaitedForAsleep: Bool) {
    self.handle = handle
    self.isWaitedForAsleep = isWaitedForAsleep
  }

  deinit { clReleaseEvent(handle) }

  /// Whether everything before the point has run.
  public var isComplete: Bool { status.map { $0 <= CL_COMPLETE } ?? false }

  /// Waits until everything before the point has run.
  public func wait() throws {
    if isWaitedForAsleep { sleepUntilReached() }
    var event: cl_event? = handle
    try check(clWaitForEvents(1, &event), "clWaitForEvents")
  }

  /// To ask is no point of synchronization in OpenCL: the driver's own wait comes after it, and returns at once or with an
  /// error. Where the driver does not answer, that is left to it, too.
  fileprivate func sleepUntilReached() { HostWait.wait { status.map { $0 <= CL_COMPLETE } ?? true } }

  /// How far the driver is: what has failed is below `CL_COMPLETE`; nil where it does not say.
  private var status: Int32? {
    var status: Int32 = 0
    let code = clGetEventInfo(
      handle, cl_event_info(CL_EVENT_COMMAND_EXECUTION_STATUS), MemoryLayout<Int32>.size, &status, nil)
    return code == CL_SUCCESS ? status : nil
  }
}

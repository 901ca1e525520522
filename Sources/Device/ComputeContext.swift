import COpenCL

/// One device opened for work: the OpenCL context, its memory accounting and its programs.
///
/// Models that run side by side share one context, and with it the data set; each has its own `CommandQueue`.
///
/// ```swift
/// guard let device = try DeviceSelection("opencl").pick(from: ComputeDevice.all()) else { return }
/// let context = try ComputeContext(device)
/// let queue = try CommandQueue(context)
/// let buffer = try DeviceBuffer(context, name: "numbers", byteCount: 4000)
/// try queue.write([Float](repeating: 0.5, count: 1000), to: buffer)
/// let numbers = try queue.read(Float.self, from: buffer, count: 1000)
/// ```
public final class ComputeContext: @unchecked Sendable {
  // @unchecked: the context handle is thread-safe by the standard; ledger and library lock their own state.
  let handle: cl_context
  /// The device that was opened.
  public let device: ComputeDevice
  /// Bytes in use on the device.
  public let memory: MemoryLedger
  /// Where kernel sources come from.
  public let sources: KernelSources
  let programs: ProgramCache

  /// Opens `device`.
  ///
  /// - Throws: `OpenCLError` when the driver refuses.
  public convenience init(_ device: ComputeDevice, sources: KernelSources = .embedded) throws {
    try self.init(
      device, sources: sources, programFolder: device.forgetsPrograms ? CacheFolder.path : nil)
  }

  /// Opens `device`, with a folder of its own for programs.
  ///
  /// - Parameter programFolder: where built programs are kept; nil leaves that to the driver.
  package init(_ device: ComputeDevice, sources: KernelSources = .embedded, programFolder: String?) throws {
    var code: Int32 = 0
    var id: cl_device_id? = device.id
    guard let handle = clCreateContext(nil, 1, &id, nil, nil, &code), code == CL_SUCCESS else {
      throw OpenCLError(call: "clCreateContext(\(device.name))", code: code)
    }
    self.handle = handle
    self.device = device
    self.sources = sources
    programs = ProgramCache(store: programFolder.map { ProgramStore(folder: $0) })
    // A CPU device's memory is the host's, and a container may have less of it than the machine.
    let available = device.kind == .cpu ? AvailableMemory.bytes ?? device.globalMemory : device.globalMemory
    memory = MemoryLedger(
      capacity: min(device.globalMemory, available), largestBuffer: device.maxAllocation)
  }

  deinit { clReleaseContext(handle) }
}

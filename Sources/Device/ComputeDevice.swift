import COpenCL

/// An OpenCL device that this machine offers, and the facts about it that Whittle uses.
///
/// The handles live as long as the process: platforms and root devices are never released.
public struct ComputeDevice: @unchecked Sendable, Equatable {
  // @unchecked: `cl_device_id` and `cl_platform_id` are opaque, immutable, and thread-safe by the OpenCL standard.
  let id: cl_device_id
  let platform: cl_platform_id

  /// What kind of processor the device is.
  public enum Kind: String, Sendable, Codable { case cpu, gpu, accelerator }

  /// Position of the platform among the platforms, and of the device in its platform: `<platform>:<device>`.
  public let platformIndex: Int
  /// Position of the device in its platform.
  public let deviceIndex: Int
  /// The platform's name.
  public let platformName: String
  /// The device's name.
  public let name: String
  /// Which kind of processor it is.
  public let kind: Kind
  /// The OpenCL version string of the device.
  public let version: String
  /// The driver's version string.
  public let driverVersion: String
  /// Number of compute units (cores of a CPU device).
  public let computeUnits: Int
  /// Global memory, in bytes.
  public let globalMemory: Int
  /// The largest single buffer, in bytes.
  public let maxAllocation: Int
  /// Local memory of a work-group, in bytes.
  public let localMemory: Int
  /// The largest work-group, in work-items.
  public let maxWorkGroup: Int
  /// Native vector width for `float`: 16 on AVX-512, 8 on AVX2, 1 on most GPUs.
  public let floatWidth: Int
  /// Whether device and compiler are ready for use.
  public let isAvailable: Bool

  /// `<platform>:<device>`, as `--device` takes it.
  public var address: String { "\(platformIndex):\(deviceIndex)" }

  /// All devices of all platforms, in the loader's order.
  ///
  /// A machine with no OpenCL driver has none: that is an empty list, not an error.
  ///
  /// - Parameter skipped: called with each platform or device whose driver fails; the others are listed all the same.
  /// - Throws: `OpenCLError` when the loader fails.
  public static func all(skipped: (DeviceFailure) -> Void = { _ in }) throws -> [ComputeDevice] {
    // One thread at a time: drivers set themselves up at the first query, and not all of them guard that.
    try Compilation.exclusively { try ThreadPinning.whilePinning { try discover(skipped) } }
  }

  private static func discover(_ skipped: (DeviceFailure) -> Void) throws -> [ComputeDevice] {
    var count: cl_uint = 0
    let code = clGetPlatformIDs(0, nil, &count)
    if code == whittle_platform_not_found || (code == CL_SUCCESS && count == 0) { return [] }
    try check(code, "clGetPlatformIDs")
    var platforms = [cl_platform_id?](repeating: nil, count: Int(count))
    try check(clGetPlatformIDs(count, &platforms, nil), "clGetPlatformIDs")
    var found: [ComputeDevice] = []
    for (index, platform) in platforms.enumerated() {
      guard let platform else { continue }
      do {
        for (position, id) in try devices(of: platform).enumerated() {
          do {
            found.append(
              try ComputeDevice(id: id, platform: platform, platformIndex: index, deviceIndex: position))
          } catch {
            skipped(DeviceFailure(what: "device \(index):\(position)", reason: "\(error)"))
          }
        }
      } catch {
        let name = (try? name(of: platform)) ?? "without a name"
        skipped(DeviceFailure(what: "OpenCL platform \(index), \(name),", reason: "\(error)"))
      }
    }
    return found
  }

  /// - Throws: `OpenCLError`; `PoCLWithoutDevice`. Another platform without devices is none to speak of.
  private static func devices(of platform: cl_platform_id) throws -> [cl_device_id] {
    var count: cl_uint = 0
    let code = clGetDeviceIDs(platform, whittle_device_type_all, 0, nil, &count)
    if code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && count == 0) {
      // PoCL has the processor, unless it is told otherwise or has a fault of which it says no more than this.
      if try name(of: platform) == pocl { throw PoCLWithoutDevice() }
      return []
    }
    try check(code, "clGetDeviceIDs")
    var ids = [cl_device_id?](repeating: nil, count: Int(count))
    try check(clGetDeviceIDs(platform, whittle_device_type_all, count, &ids, nil), "clGetDeviceIDs")
    return ids.compactMap { $0 }
  }

  private static let pocl = "Portable Computing Language"

  /// Whether the driver loses count of the launches of a kernel (`LaunchGate`): PoCL where it loads kernels' code itself.
  package var miscountsLaunches: Bool { platformName == Self.pocl && kind == .cpu }

  private static func name(of platform: cl_platform_id) throws -> String {
    try string("clGetPlatformInfo") {
      clGetPlatformInfo(platform, cl_platform_info(CL_PLATFORM_NAME), $0, $1, $2)
    }
  }

  private init(id: cl_device_id, platform: cl_platform_id, platformIndex: Int, deviceIndex: Int) throws {
    self.id = id
    self.platform = platform
    self.platformIndex = platformIndex
    self.deviceIndex = deviceIndex
    platformName = try Self.name(of: platform)
    func text(_ key: Int32) throws -> String {
      try Self.string("clGetDeviceInfo") { clGetDeviceInfo(id, cl_device_info(key), $0, $1, $2) }
    }
    func value<T: FixedWidthInteger>(_ key: Int32, _ type: T.Type) throws -> T {
      var result: T = 0
      try check(
        clGetDeviceInfo(id, cl_device_info(key), MemoryLayout<T>.size, &result, nil), "clGetDeviceInfo")
      return result
    }
    name = try text(CL_DEVICE_NAME)
    version = try text(CL_DEVICE_VERSION)
    driverVersion = try text(CL_DRIVER_VERSION)
    let type = try value(CL_DEVICE_TYPE, cl_device_type.self)
    kind =
      type & whittle_device_type_gpu != 0 ? .gpu : type & whittle_device_type_cpu != 0 ? .cpu : .accelerator
    computeUnits = Int(try value(CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint.self))
    globalMemory = Int(clamping: try value(CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong.self))
    maxAllocation = Int(clamping: try value(CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong.self))
    localMemory = Int(clamping: try value(CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong.self))
    maxWorkGroup = try value(CL_DEVICE_MAX_WORK_GROUP_SIZE, Int.self)
    floatWidth = Int(try value(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, cl_uint.self))
    isAvailable =
      try value(CL_DEVICE_AVAILABLE, cl_bool.self) != 0
      && value(CL_DEVICE_COMPILER_AVAILABLE, cl_bool.self) != 0
  }

  /// Reads a string property: its size first, then its bytes.
  private static func string(
    _ call: String, _ query: (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> Int32
  ) throws -> String {
    var size = 0
    try check(query(0, nil, &size), call)
    var bytes = [UInt8](repeating: 0, count: size)
    try check(bytes.withUnsafeMutableBytes { query(size, $0.baseAddress, nil) }, call)
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

/// What `--device` and `execution.device` ask for.
///
/// `auto | cpu | opencl | gpu | <platform>:<device> | <part of a name>`.
public enum DeviceSelection: Equatable, Sendable {
  /// A GPU where there is one, else another OpenCL device, else the CPU backend.
  case auto
  /// The CPU backend, which needs no OpenCL driver.
  case cpu
  /// The first OpenCL device, a GPU before others.
  case opencl
  /// The first OpenCL device that is a GPU.
  case gpu
  /// The device at this place in the list.
  case address(platform: Int, device: Int)
  /// The one device whose name, or platform's name, holds this text (case does not matter).
  case name(String)

  /// Reads the text of `--device`.
  public init(_ text: String) {
    switch text.lowercased() {
    case "auto", "": self = .auto
    case "cpu": self = .cpu
    case "opencl": self = .opencl
    case "gpu": self = .gpu
    default:
      let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      if parts.count == 2, let platform = parts[0], let device = parts[1] {
        self = .address(platform: platform, device: device)
      } else {
        self = .name(text)
      }
    }
  }

  /// The first of the candidates; nil stands for the CPU backend.
  ///
  /// - Throws: `DeviceNotFound` when nothing matches, or a name more than one device; it lists what there is.
  public func pick(from devices: [ComputeDevice]) throws -> ComputeDevice? {
    try candidates(among: devices).first
  }

  /// Whether another device would do where one fails.
  public var isKind: Bool { self == .auto || self == .opencl || self == .gpu }

  /// The devices that match, the best first; none where that means the CPU backend.
  ///
  /// - Throws: `DeviceNotFound` when nothing matches, or a name more than one device; it lists what there is.
  public func candidates(among devices: [ComputeDevice]) throws -> [ComputeDevice] {
    let usable = devices.filter(\.isAvailable)
    let gpus = usable.filter { $0.kind == .gpu }
    let found: [ComputeDevice]
    switch self {
    case .cpu: return []
    case .auto: return gpus + usable.filter { $0.kind != .gpu }
    case .opencl: found = gpus + usable.filter { $0.kind != .gpu }
    case .gpu: found = gpus
    case .address(let platform, let device):
      found = usable.filter { $0.platformIndex == platform && $0.deviceIndex == device }
    case .name(let part):
      // A number alone would match inside some name; what is meant is a place in the list.
      guard Int(part) == nil else { throw DeviceNotFound(selection: self, devices: devices) }
      let part = part.lowercased()
      found = usable.filter {
        $0.name.lowercased().contains(part) || $0.platformName.lowercased().contains(part)
      }
      guard found.count <= 1 else { throw DeviceNotFound(selection: self, devices: found, isAmbiguous: true) }
    }
    guard !found.isEmpty else { throw DeviceNotFound(selection: self, devices: devices) }
    return found
  }
}

extension DeviceSelection: CustomStringConvertible {
  /// The text that `init(_:)` reads.
  public var description: String {
    switch self {
    case .auto: "auto"
    case .cpu: "cpu"
    case .opencl: "opencl"
    case .gpu: "gpu"
    case .address(let platform, let device): "\(platform):\(device)"
    case .name(let part): part
    }
  }
}

/// No device matches the selection, or several do; the message lists them.
public struct DeviceNotFound: Error, CustomStringConvertible {
  /// What was asked for.
  public let selection: DeviceSelection
  /// What there is, or what matches.
  public let devices: [ComputeDevice]
  /// Whether the devices match all alike.
  public var isAmbiguous = false

  /// One line: what was asked, what there is, what to do.
  public var description: String {
    let known = devices.map { "\($0.address) \($0.name)\($0.isAvailable ? "" : " (not available)")" }
      .joined(separator: ", ")
    if isAmbiguous { return "'\(selection)' matches several devices: \(known); choose one by its number" }
    guard !known.isEmpty else {
      // Why, if a driver is there and fails, was told when the devices were listed.
      return "no device matches '\(selection)': no OpenCL device can be used; OpenCL needs a driver (Debian "
        + "and Ubuntu: pocl-opencl-icd, or that of your GPU), and --device cpu works everywhere"
    }
    let list = "there is \(known)"
    if case .name(let text) = selection, Int(text) != nil {
      return "no device matches '\(selection)': a device's number has two parts, as in 0:0; \(list)"
    }
    return "no device matches '\(selection)': \(list); --device cpu works everywhere"
  }
}

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
  /// The first device whose name, or platform's name, holds this text (case does not matter).
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

  /// Picks the device among `devices`; nil stands for the CPU backend.
  ///
  /// - Throws: `DeviceNotFound` when nothing matches; it lists what there is.
  public func pick(from devices: [ComputeDevice]) throws -> ComputeDevice? {
    let usable = devices.filter(\.isAvailable)
    let gpu = usable.first { $0.kind == .gpu }
    let found: ComputeDevice?
    switch self {
    case .cpu: return nil
    case .auto: return gpu ?? usable.first
    case .opencl: found = gpu ?? usable.first
    case .gpu: found = gpu
    case .address(let platform, let device):
      found = usable.first { $0.platformIndex == platform && $0.deviceIndex == device }
    case .name(let part):
      let part = part.lowercased()
      found = usable.first {
        $0.name.lowercased().contains(part) || $0.platformName.lowercased().contains(part)
      }
    }
    guard let found else { throw DeviceNotFound(selection: self, devices: devices) }
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

/// No device matches the selection; the message lists the devices that there are.
public struct DeviceNotFound: Error, CustomStringConvertible {
  /// What was asked for.
  public let selection: DeviceSelection
  /// What there is.
  public let devices: [ComputeDevice]

  /// One line: what was asked, what there is, what to do.
  public var description: String {
    let known = devices.map { "\($0.address) \($0.name)\($0.isAvailable ? "" : " (not available)")" }
    let list =
      known.isEmpty ? "no OpenCL device is installed" : "there is " + known.joined(separator: ", ")
    return "no device matches '\(selection)': \(list); --device cpu works everywhere"
  }
}

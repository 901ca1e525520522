import Foundation

/// A platform or device that is left out because its driver fails.
public struct DeviceFailure: Error, Equatable, CustomStringConvertible {
  /// Which, as in `device 0:1`.
  public let what: String
  /// What failed.
  public let reason: String

  /// Creates a failure.
  public init(what: String, reason: String) {
    self.what = what
    self.reason = reason
  }

  /// One line with both.
  public var description: String { "\(what) is left out: \(reason)" }
}

/// PoCL without a device: `POCL_DEVICES` names none that it has, or it cannot write its cache of compiled kernels.
struct PoCLWithoutDevice: Error, CustomStringConvertible {
  var description: String {
    if let devices = ProcessInfo.processInfo.environment["POCL_DEVICES"] {
      return "POCL_DEVICES=\(devices) leaves it without a device; unset it, or name devices that it has"
    }
    return "it offers no device, most likely since it cannot write its cache of compiled kernels; name a "
      + "folder that can be written in POCL_CACHE_DIR"
  }
}

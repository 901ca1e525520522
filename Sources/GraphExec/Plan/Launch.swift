import Device

/// One kernel launch of a plan: what runs, on which buffers, in which geometry, and what it costs.
public struct Launch: Sendable, Equatable {
  /// An argument of the kernel.
  public enum Argument: Sendable, Equatable {
    /// A buffer, by its name in the plan.
    case buffer(String)
    /// A size.
    case int(Int)
    /// A number.
    case float(Float)
    /// The number of images of the set that is run on.
    case imageCount
  }

  /// What it is for (`layer 1 forward`).
  public let label: String
  /// The kernel's file.
  public let file: String
  /// The kernel's name.
  public let kernel: String
  /// `-D` options of the file.
  public let options: String
  /// Its arguments, in order.
  public let arguments: [Argument]
  /// Global and local sizes.
  public let geometry: LaunchGeometry
  /// The tile, for people.
  public let tile: String
  /// The matrix sizes, for people (`1000x784x256`).
  public let shape: String
  /// Floating-point operations.
  public let flops: Int
  /// Bytes read and written, each operand once.
  public let bytes: Int
}

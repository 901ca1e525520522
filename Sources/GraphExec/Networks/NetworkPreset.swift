/// A network that a config can have by its name: a short form of a list of layers.
public struct NetworkPreset: Sendable {
  /// The word for it.
  public let name: String
  /// One phrase for people.
  public let summary: String
  /// The images that it was designed for; many others fit, too.
  public let designedFor: Shape
  /// Its layers, for so many classes.
  package let layers: @Sendable (_ classes: Int) -> [Network.Layer]

  /// The network for images of a shape.
  ///
  /// - Throws: `NetworkError` where they are too small for it.
  public func network(input: Shape, classes: Int) throws(NetworkError) -> Network {
    try Network(input: input, layers: layers(classes))
  }
}

extension NetworkPreset: RawRepresentable, CaseIterable, Hashable {
  /// The network of a name; nil for one that there is not.
  public init?(rawValue: String) {
    guard let preset = NetworkPresets.all.first(where: { $0.name == rawValue }) else { return nil }
    self = preset
  }
  /// The name.
  public var rawValue: String { name }
  /// Every network, in the order of the list.
  public static var allCases: [NetworkPreset] { NetworkPresets.all }
}

/// The networks that have a name.
public enum NetworkPresets {
  /// All of them, in the order in which tables show them; configs, their schema and the README's table go by this list.
  public static let all: [NetworkPreset] = [
    .lenet300, .lenet5, .vgg11, .resnet(depth: 20), .resnet(depth: 32), .resnet(depth: 56),
  ]
}

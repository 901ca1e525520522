import GraphExec
import Text

extension Augmentation {
  fileprivate enum Key {
    static let crop = "crop"
    static let flip = "flip"
  }

  init(from section: ConfigSection) {
    self.init(
      crop: section.integer(Key.crop, default: 0, 0...1024), flip: section.boolean(Key.flip, default: false))
    section.finish()
  }

  var json: JSONObject { JSONObject([(Key.crop, JSONValue(crop)), (Key.flip, .bool(flip))]) }
}

extension StudyConfig {
  /// Whether the images can be cropped and mirrored, and each step sees them.
  ///
  /// - Parameter network: the network; nil where it was refused.
  func checkAugmentation(_ section: ConfigSection, _ network: Network?) {
    let path = "training.augmentation"
    let augmentation = training.augmentation
    guard augmentation != .none else { return }
    if training.trainableLayers == .output {
      section.report(
        path,
        "crops and mirrors change what the hidden layers put out, which training.trainable_layers \"output\" computes once",
        involving: ["training.trainable_layers"])
    }
    guard let network else { return }
    if network.input.isFlat {
      section.report(
        path,
        "widths read an image as a flat row, which cannot be cropped or mirrored; give model.network, or a list of "
          + "layers that begins with a flatten", involving: ["model.layers"])
    } else if augmentation.crop >= min(network.input.height, network.input.width) {
      section.report(
        path + "." + Augmentation.Key.crop,
        "\(augmentation.crop) is not below the size of \(dataset.name.name)'s images, \(network.input)",
        involving: ["dataset.name"])
    }
  }
}

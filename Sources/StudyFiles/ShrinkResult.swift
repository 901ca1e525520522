import Files
import Text

/// What a search came to, on images that no choice has seen: `result.json`.
package struct ShrinkResult: Equatable, Sendable {
  /// A network, measured beside the other one.
  package struct Side: Equatable, Sendable {
    package var name: String
    /// Share of the images whose class it finds.
    package var accuracy: Double
    /// Seconds of these images, the least of several times.
    package var inferenceSeconds: Double
    /// Seconds of a training step.
    package var stepSeconds: Double
    /// Bytes of its file.
    package var diskBytes: Int
    /// Multiply-adds for an image.
    package var macs: Int
    /// Entries that survive.
    package var survivors: Int
    package var widths: String

    package init(
      name: String, accuracy: Double, inferenceSeconds: Double, stepSeconds: Double, diskBytes: Int,
      macs: Int,
      survivors: Int, widths: String
    ) {
      (self.name, self.accuracy, self.inferenceSeconds) = (name, accuracy, inferenceSeconds)
      (self.stepSeconds, self.diskBytes, self.macs) = (stepSeconds, diskBytes, macs)
      (self.survivors, self.widths) = (survivors, widths)
    }

    var json: JSONValue {
      .object(
        JSONObject([
          ("name", .string(name)), ("accuracy", JSONValue(accuracy)),
          ("inference_seconds", JSONValue(inferenceSeconds)), ("step_seconds", JSONValue(stepSeconds)),
          ("disk_bytes", JSONValue(diskBytes)), ("macs", JSONValue(macs)),
          ("survivors", JSONValue(survivors)),
          ("widths", .string(widths)),
        ]))
    }
  }

  package var original: Side
  package var best: Side
  /// The images, and what they are.
  package var images: Int
  /// The standard error of the difference of the accuracies.
  package var dropError: Double
  /// The drop that was allowed, a fraction, and what was to be small.
  package var maximumDrop: Double
  package var target: String
  /// Where the images are from that candidates were chosen by, for people.
  package var heldOut: String
  /// The device, for people.
  package var device: String

  package init(
    original: Side, best: Side, images: Int, dropError: Double, maximumDrop: Double, target: String,
    heldOut: String,
    device: String
  ) {
    (self.original, self.best, self.images, self.dropError) = (original, best, images, dropError)
    (self.maximumDrop, self.target, self.heldOut, self.device) = (maximumDrop, target, heldOut, device)
  }

  /// How much less of the images is right, a fraction.
  package var drop: Double { original.accuracy - best.accuracy }

  /// Writes `result.json`, atomically.
  ///
  /// - Throws: `FileError`.
  package func write(to path: String) throws {
    let json = JSONValue.object(
      JSONObject([
        ("original", original.json), ("best", best.json), ("test_images", JSONValue(images)),
        ("drop", JSONValue(drop)), ("drop_error", JSONValue(dropError)), ("max_drop", JSONValue(maximumDrop)),
        ("target", .string(target)), ("held_out", .string(heldOut)), ("device", .string(device)),
      ]))
    try AtomicFile.write(json.pretty, to: path)
  }
}

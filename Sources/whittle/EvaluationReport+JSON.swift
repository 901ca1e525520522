import GraphExec
import Text

extension EvaluationReport {
  /// For programs.
  var json: JSONValue {
    func list(_ numbers: [Int]) -> JSONValue { .array(numbers.map { JSONValue($0) }) }
    return .object(
      JSONObject([
        ("model", .string(path)),
        ("form", .string(stored.form)),
        ("layers", list(stored.original.widths)),
        ("run_layers", list(evaluation.layers)),
        ("run_formats", .array(evaluation.formats.map { .string($0) })),
        ("params", JSONValue(stored.original.parameterCount)),
        ("nnz", JSONValue(stored.survivors)),
        ("dataset", .string(images.dataset)),
        ("directory", images.directory.map { .string($0) } ?? .null),
        ("trained_on", images.origin.map { .string($0.dataset) } ?? .null),
        ("trained_on_sha256", images.origin.map { .string($0.datasetDigest) } ?? .null),
        ("same_test_images", images.areAllOfTheStudy.map { .bool($0) } ?? .null),
        ("device", .string(device.name)),
        ("backend", .string(device.backend)),
        ("images", JSONValue(evaluation.images)),
        ("correct", JSONValue(evaluation.correct)),
        ("accuracy", JSONValue(evaluation.accuracy)),
        ("classes", .array(images.classes.map { .string($0) })),
        ("confusion", .array(evaluation.confusion.map(list))),
        (
          "latencies",
          .array(
            evaluation.latencies.map {
              .object(
                JSONObject([("images", JSONValue($0.images)), ("seconds", JSONValue($0.time.seconds))]))
            })
        ),
        ("disk_bytes", JSONValue(diskBytes)),
        ("device_bytes", evaluation.deviceBytes.map { JSONValue($0) } ?? .null),
      ]))
  }
}

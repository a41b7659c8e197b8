"""The program of every Python instance.

It starts unspecialised, waits for code, environment and handler on descriptor 3 (frames: see ../frames.ts), and then
serves one request at a time. Output goes to descriptor 4, which the node reads.
"""

import codecs
import decimal
import importlib
import importlib.util
import io
import json
import logging
import os
import struct
import sys
import time
import traceback

CHANNEL, OUTPUT, INSPECTOR, COMPILED = 3, 4, 22, 23
INIT, INVOKE, READY, INITIALISED, INIT_FAILED, RESULT, FAILURE, LINE, DRAINED = 1, 2, 10, 11, 12, 13, 14, 20, 21
MAX_RESPONSE_BYTES = 6_291_556
MAX_LINE_BYTES = 262_144

current = {"id": 0, "request_id": None}


def send(descriptor, kind, frame_id, payload):
    data = memoryview(struct.pack(">IBI", len(payload) + 5, kind, frame_id) + payload)
    while data:
        data = data[os.write(descriptor, data) :]


def read_exactly(count):
    data = bytearray()
    while len(data) < count:
        chunk = os.read(CHANNEL, min(count - len(data), 1 << 20))
        if not chunk:
            # The node is gone, or has ended this instance: there is nobody to answer.
            os._exit(0)
        data += chunk
    return bytes(data)


def receive():
    (length,) = struct.unpack(">I", read_exactly(4))
    data = read_exactly(length)
    return data[0], struct.unpack(">I", data[1:5])[0], data[5:]


def line(text):
    send(OUTPUT, LINE, current["id"], text.encode("utf-8", "replace")[:MAX_LINE_BYTES])


class Capture(io.TextIOBase):
    """Stands for stdout or stderr: whole lines as they come, a last piece when the request ends."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, descriptor):
        self.rest = ""
        self.descriptor = descriptor
        self.buffer = CaptureBytes(self)

    def writable(self):
        return True

    def fileno(self):
        return self.descriptor

    def write(self, text):
        *lines, self.rest = (self.rest + text).split("\n")
        for one in lines:
            line(one)
        if len(self.rest) > MAX_LINE_BYTES:
            self.finish()
        return len(text)

    def finish(self):
        if self.rest:
            text, self.rest = self.rest, ""
            line(text)


class CaptureBytes(io.RawIOBase):
    """What stands behind stdout or stderr for programs that write bytes; a letter may come in two pieces."""

    def __init__(self, text):
        self.text = text
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self):
        return True

    def fileno(self):
        return self.text.fileno()

    def write(self, data):
        data = bytes(data)
        self.text.write(self.decoder.decode(data))
        return len(data)


def timestamp(seconds=None):
    seconds = time.time() if seconds is None else seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}Z"


class OutputHandler(logging.Handler):
    """The root logger's handler, as in Lambda: functions give it formatters of their own."""

    def emit(self, record):
        try:
            line(self.format(record).removesuffix("\n"))
        except Exception:
            self.handleError(record)


def add_request(record):
    record.aws_request_id = current["request_id"] or ""
    record.tenant_id = None
    return True


class JsonFormatter(logging.Formatter):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html: what `extra` brings is part of the object."""

    own = set(vars(logging.makeLogRecord({}))) | {"aws_request_id", "tenant_id", "taskName", "message", "asctime"}

    def format(self, record):
        entry = {
            "timestamp": timestamp(record.created),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0]:
            kind, error, trace = record.exc_info
            entry["stackTrace"] = traceback.format_tb(trace)
            entry["errorType"] = kind.__name__
            entry["errorMessage"] = str(error)
        entry["requestId"] = record.aws_request_id
        if record.exc_info:
            entry["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        for name, value in vars(record).items():
            if name not in self.own and name not in entry and value is not None:
                entry[name] = value
        return json.dumps(entry, default=str, ensure_ascii=False)


def log_through(log_format, level):
    logging.Formatter.converter = time.gmtime
    handler = OutputHandler()
    handler.addFilter(add_request)
    text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
    handler.setFormatter(JsonFormatter() if log_format == "JSON" else logging.Formatter(text, "%Y-%m-%dT%H:%M:%S"))
    root = logging.getLogger()
    root.addHandler(handler)
    if log_format == "JSON":
        root.setLevel({"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(level, level))


class LambdaContext:
    def __init__(self, header):
        environment = os.environ
        self.aws_request_id = header["requestId"]
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = header["functionArn"]
        self.tenant_id = None
        self.client_context = ClientContext.of(header.get("clientContext"))
        self.identity = Identity()
        self._deadline_ms = header["deadlineMs"]

    def get_remaining_time_in_millis(self):
        return max(0, int(self._deadline_ms - time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        shown = ", ".join(f"{name}={value}" for name, value in vars(self).items() if not name.startswith("_"))
        return f"LambdaContext([{shown}])"


class Identity:
    def __init__(self):
        self.cognito_identity_id = None
        self.cognito_identity_pool_id = None


class Client:
    def __init__(self, values):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, name, values.get(name))


class ClientContext:
    @staticmethod
    def of(value):
        if value is None:
            return None
        context = ClientContext()
        context.custom = value.get("custom")
        context.env = value.get("env")
        context.client = Client(value["client"]) if isinstance(value.get("client"), dict) else None
        return context


class LoadError(Exception):
    def __init__(self, error_type, message, stack=()):
        super().__init__(message)
        self.error_type = error_type
        self.stack = list(stack)


def load(root, name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot or not module_name or not function_name:
        raise LoadError("Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)")
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {module_name} as a handler module"
        raise LoadError("Runtime.BuiltInModuleConflict", message)
    sys.path.insert(0, root)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise LoadError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        stack = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise LoadError("Runtime.UserCodeSyntaxError", message, stack) from error
    if not hasattr(module, function_name):
        raise LoadError("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    found = getattr(module, function_name)
    if not callable(found):
        raise LoadError("Runtime.HandlerNotFound", f"Handler '{function_name}' on module '{module_name}' is not callable")
    return found


def describe(error):
    if isinstance(error, LoadError):
        return {"errorMessage": str(error), "errorType": error.error_type, "requestId": current["request_id"] or "", "stackTrace": error.stack}
    # The first frame is ours.
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": current["request_id"] or "",
        "stackTrace": traceback.format_list(own),
    }


def log_failure(failure, log_format):
    if log_format == "JSON":
        entry = {"timestamp": timestamp(), "level": "ERROR", **failure}
        line(json.dumps(entry))
        return
    title = f"[ERROR] {failure['errorType']}: {failure['errorMessage']}\nTraceback (most recent call last):\n"
    line((title + "".join(failure["stackTrace"])).rstrip("\n"))


def finish_output():
    sys.stdout.finish()
    sys.stderr.finish()
    send(OUTPUT, DRAINED, current["id"], b"")


def fail_to_start(failure, log_format):
    log_failure(failure, log_format)
    finish_output()
    send(CHANNEL, INIT_FAILED, 0, json.dumps(failure).encode())
    os._exit(1)


def beside(name):
    """A module of this folder, which functions do not find."""
    path = os.path.join(os.path.dirname(__file__), f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"landfall_{name}", path)
    module = importlib.util.module_from_spec(spec)
    # Where there is no sandbox, this folder is that of the node, and may be written to.
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def initialise(settings, wants_debugger):
    os.environ.update(settings["environment"])
    time.tzset()
    os.chdir(settings["taskRoot"])
    log_format = settings["logFormat"]
    sys.argv = [""]
    # Ignored at the start, when it would have been the node's.
    sys.path[:0] = [path for path in os.environ.get("PYTHONPATH", "").split(":") if path]
    if settings.get("layersRoot"):
        python = settings["layersRoot"] + "/python"
        sys.path[:0] = [f"{python}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages", python]
    sys.stdout, sys.stderr = Capture(1), Capture(2)
    roots = [root for root in (settings["taskRoot"], settings.get("layersRoot")) if root]
    take_compiled = beside("compiled_code").use_compiled_code(roots, settings.get("compiledFile"))
    log_through(log_format, settings["logLevel"])
    if wants_debugger:
        sys.path.insert(0, settings["taskRoot"])
        if not listen_to_debuggers():
            no_debugger()
        sys.path.pop(0)
    try:
        handler = load(settings["taskRoot"], settings["handler"])
        return handler, take_compiled if settings.get("keepsCompiled") else None
    except SystemExit as error:
        leave(error)
    except BaseException as error:
        fail_to_start(describe(error), log_format)


def leave(error):
    """What sys.exit() asks for: the process ends, and with it the request."""
    if error.code is not None and not isinstance(error.code, int):
        print(error.code, file=sys.stderr)
    finish_output()
    os._exit(error.code if isinstance(error.code, int) else 0 if error.code is None else 1)


def plain(value):
    """What Lambda writes as JSON beside what Python does: numbers of DynamoDB."""
    if not isinstance(value, decimal.Decimal):
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)


to_json = json.JSONEncoder(ensure_ascii=False, default=plain).encode


def fault(kind, message):
    return {"errorMessage": message, "errorType": kind, "requestId": current["request_id"], "stackTrace": []}


def answer(handler, body, context, log_format):
    def failed(failure):
        log_failure(failure, log_format)
        return FAILURE, json.dumps(failure).encode()

    try:
        event = json.loads(body)
    except Exception as error:
        return failed(fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}"))
    try:
        value = handler(event, context)
    except SystemExit as error:
        leave(error)
    except BaseException as error:
        return failed(describe(error))
    try:
        # Bytes are the answer as they are.
        payload = value if isinstance(value, bytes) else to_json(value).encode("utf-8", "surrogatepass")
    except Exception as error:
        return failed(fault("Runtime.MarshalError", f"Unable to marshal response: {error}"))
    if len(payload) > MAX_RESPONSE_BYTES:
        message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
        return FAILURE, json.dumps({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}).encode()
    return RESULT, payload


def listen_to_debuggers():
    """Lets debuggers attach, where debugpy is installed; says where."""
    # It would warn of frozen modules, in the function's log.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        import debugpy

        _, port = debugpy.listen(("127.0.0.1", 0))
        report = {"protocol": "debug-adapter", "port": port}
    except ImportError:
        return False
    except Exception as error:
        report = {"protocol": "debug-adapter", "problem": f"debugpy cannot be used: {error}"}
    send(CHANNEL, INSPECTOR, 0, json.dumps(report).encode())
    return True


def no_debugger():
    problem = (
        "There is no debugpy, in the package of the function or for the Python of this host. "
        "Add it to the function's requirements, or install it (Debian: python3-debugpy)."
    )
    send(CHANNEL, INSPECTOR, 0, json.dumps({"protocol": "debug-adapter", "problem": problem}).encode())


def main():
    # What the node itself had inherited, and so handed on.
    for descriptor, device, inode in json.loads(sys.argv[1]):
        try:
            at = os.fstat(descriptor)
            if (at.st_dev, at.st_ino) == (device, inode):
                os.close(descriptor)
        except OSError:
            # The node has closed it since, and the number is free.
            pass
    wanted = sys.argv[2:] == ["inspect"] and not listen_to_debuggers()
    send(CHANNEL, READY, 0, b"")
    kind, _, payload = receive()
    if kind != INIT:
        os._exit(1)
    settings = json.loads(payload)
    handler, take_compiled = initialise(settings, wanted)
    send(CHANNEL, INITIALISED, 0, b"")
    while True:
        kind, frame_id, payload = receive()
        if kind != INVOKE:
            continue
        (header_bytes,) = struct.unpack(">I", payload[:4])
        header = json.loads(payload[4 : 4 + header_bytes])
        current["id"], current["request_id"] = frame_id, header["requestId"]
        if header.get("traceId"):
            os.environ["_X_AMZN_TRACE_ID"] = header["traceId"]
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        body = payload[4 + header_bytes :]
        kind, reply = answer(handler, body, LambdaContext(header), settings["logFormat"])
        finish_output()
        send(CHANNEL, kind, frame_id, reply)
        if take_compiled:
            # Once, and after the answer, so that nobody waits for it.
            compiled, take_compiled = take_compiled(), None
            if compiled:
                send(CHANNEL, COMPILED, 0, compiled)


main()

def handler(event, context):
    print("counting", context.function_name)
    return {"count": len(event.get("items", []))}

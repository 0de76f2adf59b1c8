from rest_framework.response import Response


def handle(exc, context):
    return Response({"portal": "error"}, status=418)

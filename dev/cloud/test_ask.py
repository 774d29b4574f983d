"""What `ask.py` reads from a template."""

import unittest

import ask

TEMPLATE = """
Resources:
  Api: { Type: AWS::Serverless::HttpApi }
  ListPostsFunction:
    Type: AWS::Serverless::Function
    Properties:
      Role: !GetAtt Role.Arn
      Environment: { Variables: { TABLE: !Ref Table, NAME: !Sub "${AWS::StackName}-x", B: !If [A, !Ref B, c] } }
      Events:
        List: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: /v1/posts, Method: get } }
        Queue: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn } }
        Rest: { Type: HttpApi, Properties: { ApiId: !Ref Api } }
"""


class Routes(unittest.TestCase):
    def test_a_templates_routes_are_those_of_its_http_events(self):
        self.assertEqual(ask.routes_of(TEMPLATE), ["$default", "GET /v1/posts"])


if __name__ == "__main__":
    unittest.main()
